/* Connections: a service for errands (mod/errands.h) that gives a module a connected socket, for
 * whatever is not HTTP (mod/http.h). The host looks the name up, checks the address and connects;
 * the module reads and writes. What protects it, such as TLS, is the module's own.
 *
 * Permission: `network`, as mod/http.h says, with the same rule for addresses of this machine and
 * of private networks. A proxy is not asked.
 *
 * The order:
 *   "host"            a name or an address, one of IPv6 without brackets
 *   "port"            1 to 65535
 *   "connectSeconds"  until there is a connection: 15 if left out, at most 600
 * The body is empty.
 *
 * News: one MOD_CONNECT_OPENED. The errand goes on for as long as the connection lasts, and with it
 * the connection ends, whichever descriptors are still open: both directions are shut down at the
 * errand's cancellation, its deadline, the end of its call, and when the instance is stopped, for
 * which the errand must have no call to last as long. The end is never MOD_OK.
 *
 * To end a connection cancel the errand AND close the descriptor, in either order: the host holds
 * the connection too, so that the other side hears of close() alone only when the errand ends.
 *
 * The socket is of TCP, blocking and close-on-exec. In a worker it can be read, written (without an
 * address), polled and shut down, and has these options, by setsockopt() and getsockopt(): of
 * SOL_SOCKET SO_KEEPALIVE, SO_LINGER, SO_OOBINLINE, SO_RCVBUF, SO_RCVLOWAT, SO_RCVTIMEO, SO_SNDBUF
 * and SO_SNDTIMEO; of IPPROTO_TCP TCP_CORK, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_NODELAY,
 * TCP_QUICKACK and TCP_USER_TIMEOUT; to ask only, SO_ACCEPTCONN, SO_DOMAIN, SO_ERROR, SO_PEERCRED,
 * SO_PROTOCOL, SO_TYPE, TCP_INFO and TCP_MAXSEG. All else is refused with EPERM or EACCES. */
#ifndef MOD_CONNECT_H
#define MOD_CONNECT_H

#ifdef __cplusplus
extern "C" {
#endif

#define MOD_SERVICE_CONNECT "connect"

enum {
    /* `number` is a descriptor, which is the module's from then on: the module closes it, also if
     * the errand has ended meanwhile. No value. */
    MOD_CONNECT_OPENED = 1
};

#ifdef __cplusplus
}
#endif
#endif
