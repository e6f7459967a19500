/* D-Bus: two services for errands (mod/errands.h), one that calls methods and one that listens to
 * signals.
 *
 * Permission: `dbus`, a list of names on the bus: "org.example.Name" on either bus,
 * "session:org.example.Name" and "system:org.example.Name" on one, "org.example.*" for every name
 * that begins so, "*" for every name. "name/org.example.Interface.Member" opens that member alone,
 * and "name/org.example.Interface.*" that interface; then the order has to name it. No wildcard
 * leads to a service that is known to start programs, such as org.freedesktop.systemd1: it has to
 * be named itself, and the host warns of it. The bus itself (org.freedesktop.DBus) is opened by
 * nothing, but for GetNameOwner and NameHasOwner of names that the module may talk to.
 *
 * VALUES are JSON, and a signature says of which types they are:
 *   y n q i u        a whole number
 *   x t              a whole number; one beyond 2^53, which not everybody reads exactly, is a text
 *                    of its digits. In an order both forms will do
 *   d                a number, "NaN", "Infinity" or "-Infinity"
 *   b                true or false
 *   s o g            a text
 *   a...             a list, also of bytes
 *   a{s...}          an object, also for the keys o and g; of two equal keys the last one counts
 *   a{...}           a list of pairs [key, value] for all other keys
 *   (...)            a list
 *   v                {"signature": "s", "value": "text"}
 * A file descriptor (h) cannot be passed: an order with one is refused, and an answer with one ends
 * in MOD_UNSUPPORTED.
 *
 * MOD_SERVICE_BUS calls a method. The order:
 *   "bus"            "session" or "system"
 *   "destination"    the name of the service, "org.example.Name": not that of a connection
 *   "owner"          ":1.42", the connection that has to have that name, else the call is not made
 *                    (MOD_NOT_FOUND); whichever has it if left out
 *   "path"           "/org/example/Object"
 *   "interface"      may be left out where the permission does not name one
 *   "member"         the method
 *   "signature"      "" if left out
 *   "arguments"      a list with one value for each type of the signature
 *   "start"          whether the bus may start the service, true if left out
 *   "interactive"    whether the user may be asked for leave, such as a password; false if left out
 *   "timeoutSeconds" 25 if left out, at most 3,600
 *   "bytesMax"       of the answer, as JSON: 1 MiB if left out, at most 4 MiB. A larger one ends in
 *                    MOD_LIMIT
 * No news. The end is MOD_OK once the service has answered: {"signature": "as", "values": [[...]]},
 * with one value for each type, or {"error": "org.example.Error", "message": "..."}, which is an
 * answer too. Cancelling takes nothing back: the service may do what it was asked all the same.
 *
 * MOD_SERVICE_BUS_SIGNALS listens to signals until it is cancelled, or until its call or its
 * deadline ends. The order:
 *   "bus"            "session" or "system"
 *   "sender"         the name of the service, "org.example.Name": only signals of whoever has that
 *                    name when they are sent are heard
 *   "path"           of the object; or
 *   "pathNamespace"  of an object and all below it; every object if both are left out
 *   "interface"      every one if left out
 *   "member"         every one if left out
 *   "bytesMax"       of one signal, as JSON: 1 MiB if left out, at most 4 MiB. A larger one is lost
 * News: a MOD_BUS_OWNER, which says that listening has begun, then whatever comes. Who sends
 * signals on a bus waits for nobody: what comes while the module has no room (credit) is lost, and
 * MOD_BUS_LOST says in its place how much, as soon as there is room. Who must know where things
 * stand asks anew then. The end is never MOD_OK.
 *
 * All of a module's errands on one bus go over one connection, which is its own and is closed half
 * a minute after the last of them has ended; services forget then what they keep for it. The body
 * of the errand is empty. All bytes are borrowed, as mod/errands.h says. */
#ifndef MOD_BUS_H
#define MOD_BUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define MOD_SERVICE_BUS "bus"
#define MOD_SERVICE_BUS_SIGNALS "bus.signals"

enum {
    /* Listening has begun, or the name has changed hands: `number` is 1 if somebody has it, else
     * 0. No value. */
    MOD_BUS_OWNER = 1,
    /* The value is {"path": "/...", "interface": "...", "member": "...", "signature": "...",
     * "values": [...]}. */
    MOD_BUS_SIGNAL = 2,
    /* `number` is how many signals were lost at this place. No value. */
    MOD_BUS_LOST = 3
};

#ifdef __cplusplus
}
#endif
#endif
