/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short-lived helper of kithd that speaks UPnP with the router, so that what answers on the local
   network never meets kithd itself. */
#include <arpa/inet.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upnp-confine.h"

#define DISCOVER_MS 1000
#define MAX_URL 256
#define MAX_TYPE 128
#define DESCRIPTION "kith"
#define EXIT_USAGE 64
#define CONFLICT 718 /* ConflictInMappingEntry */
#define TRIES 3
#define CONNECTED_IGD 1
#define UNCONNECTED_IGD 2 /* also one whose own outer address is private */

/* A word that can go back and forth on a command line: printable, without blanks, not too long. */
static int
is_word (const char *text, size_t most)
{
  const size_t len = text != NULL ? strlen (text) : 0;

  for (size_t i = 0; i < len; i++) {
    if (text[i] <= ' ' || text[i] > '~') {
      return 0;
    }
  }
  return len > 0 && len <= most;
}

static int
is_ipv4 (const char *text)
{
  struct in_addr address;

  return inet_pton (AF_INET, text, &address) == 1;
}

/* Says "ok LAN-ADDRESS OUTER-ADDRESS SERVICE CONTROL-URL"; 0.0.0.0 when the router has no outer
   address, or keeps a private one to itself. */
static int
find (void)
{
  struct UPNPUrls urls = { 0 };
  struct IGDdatas data = { 0 };
  char lan[64] = "";
  char outer[40] = "";
  int error = 0;
  struct UPNPDev *list = upnpDiscover (DISCOVER_MS, NULL, NULL, 0, 0, 2, &error);

  const int kind = list != NULL ? UPNP_GetValidIGD (list, &urls, &data, lan, sizeof lan) : 0;
  if (kind != CONNECTED_IGD && kind != UNCONNECTED_IGD) {
    puts ("none");
    return EXIT_FAILURE;
  }
  if (UPNP_GetExternalIPAddress (urls.controlURL, data.first.servicetype, outer) != 0) {
    snprintf (outer, sizeof outer, "0.0.0.0");
  }
  outer[sizeof outer - 1] = '\0';
  if (!is_ipv4 (lan) || !is_ipv4 (outer) || !is_word (urls.controlURL, MAX_URL)
      || strncmp (urls.controlURL, "http://", 7) != 0
      || !is_word (data.first.servicetype, MAX_TYPE)) {
    puts ("strange");
    return EXIT_FAILURE;
  }
  printf ("ok %s %s %s %s\n", lan, outer, data.first.servicetype, urls.controlURL);
  return EXIT_SUCCESS;
}

/* Says "ok OUTER-PORT": the same as the inner one if it is free, else another. */
static int
add (char **words)
{
  const char *url = words[0];
  const char *service = words[1];
  const char *lan = words[2];
  const char *inner = words[3];
  const char *lifetime = words[4];
  char outer[8];
  unsigned port = (unsigned)strtoul (inner, NULL, 10);
  int code = 0;

  for (int i = 0; i < TRIES; i++) {
    snprintf (outer, sizeof outer, "%u", port & 0xffffU);
    code
        = UPNP_AddPortMapping (url, service, outer, inner, lan, DESCRIPTION, "UDP", NULL, lifetime);
    if (code == 0) {
      printf ("ok %s\n", outer);
      return EXIT_SUCCESS;
    }
    if (code != CONFLICT) {
      break;
    }
    port = 1024 + (port * 7 + 4099) % 64000;
  }
  printf ("refused %d\n", code);
  return EXIT_FAILURE;
}

static int
take_away (char **words)
{
  const int code = UPNP_DeletePortMapping (words[0], words[1], words[2], "UDP", NULL);

  printf (code == 0 ? "ok\n" : "refused\n");
  return code == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  const char *problem = kith_upnp_confine ();

  if (problem != NULL) {
    fprintf (stderr, "kith-upnp: %s\n", problem);
    return EXIT_FAILURE;
  }
  if (argc == 2 && strcmp (argv[1], "find") == 0) {
    return find ();
  }
  if (argc == 7 && strcmp (argv[1], "add") == 0) {
    return add (argv + 2);
  }
  if (argc == 5 && strcmp (argv[1], "remove") == 0) {
    return take_away (argv + 2);
  }
  fprintf (stderr, "kith-upnp: this program is started by kithd to map ports in the router\n");
  return EXIT_USAGE;
}
