/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names and paths of Kith on D-Bus. */
#pragma once

/* The well-known name and the root object (Manager and ObjectManager). */
#define KITH_BUS_NAME "org.kith.Kith1"
#define KITH_BUS_ROOT "/org/kith/Kith1"

/* Objects: "/org/kith/Kith1/account/ID", "/org/kith/Kith1/call/N", "/org/kith/Kith1/contact/ID",
   "/org/kith/Kith1/account/trunk_NAME", "/org/kith/Kith1/phone/NAME",
   "/org/kith/Kith1/phone/NAME/binding/N" and "/org/kith/Kith1/plugin/NAME". */
#define KITH_BUS_ACCOUNT_PREFIX KITH_BUS_ROOT "/account/"
#define KITH_BUS_TRUNK_PREFIX KITH_BUS_ROOT "/account/trunk_"
#define KITH_BUS_CALL_PREFIX KITH_BUS_ROOT "/call/"
#define KITH_BUS_CONTACT_PREFIX KITH_BUS_ROOT "/contact/"
#define KITH_BUS_PHONE_PREFIX KITH_BUS_ROOT "/phone/"
#define KITH_BUS_PLUGIN_PREFIX KITH_BUS_ROOT "/plugin/"

/* The account of the identity, and the path that stands for "none". */
#define KITH_BUS_DEFAULT_ACCOUNT KITH_BUS_ACCOUNT_PREFIX "1"
#define KITH_BUS_NO_OBJECT "/"

#define KITH_BUS_IFACE_MANAGER "org.kith.Kith1.Manager"
#define KITH_BUS_IFACE_ACCOUNT "org.kith.Kith1.Account"
#define KITH_BUS_IFACE_CALL "org.kith.Kith1.Call"
#define KITH_BUS_IFACE_CALL_MEDIA "org.kith.Kith1.Call.Media"
#define KITH_BUS_IFACE_CONTACT "org.kith.Kith1.Contact"
#define KITH_BUS_IFACE_PHONE "org.kith.Kith1.Phone"
#define KITH_BUS_IFACE_BINDING "org.kith.Kith1.Binding"
#define KITH_BUS_IFACE_TRUNK "org.kith.Kith1.Trunk"
#define KITH_BUS_IFACE_PLUGIN "org.kith.Kith1.Plugin"
#define KITH_BUS_IFACE_AGENT "org.kith.Kith1.Agent"

/* Before the word of an error, such as "org.kith.Kith1.Error.NotFound" (base/error.h). */
#define KITH_BUS_ERROR_PREFIX "org.kith.Kith1.Error."

/* Manager.State. */
#define KITH_BUS_STATE_NO_IDENTITY "no-identity"
#define KITH_BUS_STATE_STARTING "starting"
#define KITH_BUS_STATE_RUNNING "running"
#define KITH_BUS_STATE_STOPPING "stopping"

/* An option of Manager.Dial, and the word in Manager.Features that says that it is known. */
#define KITH_BUS_FEATURE_HANGUP_WITH_CALLER "hangup-with-caller"

/* Roles of an agent. */
#define KITH_BUS_ROLE_RING "ring"

/* Limits at the door, in bytes and entries. */
#define KITH_BUS_MAX_ADDRESS 512
#define KITH_BUS_MAX_TEXT 512
#define KITH_BUS_MAX_OPTIONS 16
#define KITH_BUS_MAX_AGENTS 16
#define KITH_BUS_MAX_RESOLVES 32
