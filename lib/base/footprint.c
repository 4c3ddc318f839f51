/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks over the loaded objects and unmaps for a moment what was never written. */
#include "base/footprint.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Nonzero when the loader has written to what is no data: it would be lost. */
static int
is_relocated (const struct dl_phdr_info *object)
{
  for (unsigned i = 0; i < object->dlpi_phnum; i++) {
    const ElfW (Phdr) *part = &object->dlpi_phdr[i];
    const ElfW (Dyn) *entry = (const ElfW (Dyn) *)(object->dlpi_addr + part->p_vaddr);
    for (; part->p_type == PT_DYNAMIC && entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL
          || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) {
        return 1;
      }
    }
  }
  return 0;
}

static int
is_named (const struct dl_phdr_info *object, const char *const *names)
{
  const char *slash = strrchr (object->dlpi_name, '/');
  const char *base = slash != NULL ? slash + 1 : object->dlpi_name;

  for (unsigned i = 0; names[i] != NULL; i++) {
    if (strncmp (base, names[i], strlen (names[i])) == 0) {
      return 1;
    }
  }
  return 0;
}

static int
drop_unwritten (struct dl_phdr_info *object, size_t size, void *data)
{
  const uintptr_t page = (uintptr_t)sysconf (_SC_PAGESIZE);

  (void)size;
  if ((data != NULL && !is_named (object, data)) || is_relocated (object)) {
    return 0;
  }
  for (unsigned i = 0; i < object->dlpi_phnum; i++) {
    const ElfW (Phdr) *part = &object->dlpi_phdr[i];
    const uintptr_t begin = (object->dlpi_addr + part->p_vaddr) / page * page;
    const uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz) / page * page;
    if (part->p_type == PT_LOAD && (part->p_flags & PF_W) == 0 && end > begin) {
      (void)madvise ((void *)begin, end - begin, MADV_DONTNEED);
    }
  }
  return 0;
}

void
kith_footprint_release (const char *const *names)
{
  (void)malloc_trim (0);
  (void)dl_iterate_phdr (drop_unwritten, (void *)names);
}
