#define _GNU_SOURCE
#include "internal.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* Nothing that reaches the network beyond the connection, gives out descriptors or memory, or loads
 * a program. mod/connect.h tells authors. */
const struct sandbox_socket_option sandbox_socket_options[] = {
    {SOL_SOCKET, SO_TYPE, 0},       {SOL_SOCKET, SO_DOMAIN, 0},
    {SOL_SOCKET, SO_PROTOCOL, 0},   {SOL_SOCKET, SO_ERROR, 0},
    {SOL_SOCKET, SO_ACCEPTCONN, 0}, {SOL_SOCKET, SO_PEERCRED, 0},
    {SOL_SOCKET, SO_KEEPALIVE, 1},  {SOL_SOCKET, SO_RCVBUF, 1},
    {SOL_SOCKET, SO_SNDBUF, 1},     {SOL_SOCKET, SO_RCVLOWAT, 1},
    {SOL_SOCKET, SO_RCVTIMEO, 1},   {SOL_SOCKET, SO_SNDTIMEO, 1},
    {SOL_SOCKET, SO_LINGER, 1},     {SOL_SOCKET, SO_OOBINLINE, 1},
    {IPPROTO_TCP, TCP_NODELAY, 1},  {IPPROTO_TCP, TCP_CORK, 1},
    {IPPROTO_TCP, TCP_QUICKACK, 1}, {IPPROTO_TCP, TCP_KEEPIDLE, 1},
    {IPPROTO_TCP, TCP_KEEPINTVL, 1}, {IPPROTO_TCP, TCP_KEEPCNT, 1},
    {IPPROTO_TCP, TCP_MAXSEG, 0},   {IPPROTO_TCP, TCP_USER_TIMEOUT, 1},
    {IPPROTO_TCP, TCP_INFO, 0},
};
const size_t sandbox_socket_options_count =
    sizeof sandbox_socket_options / sizeof *sandbox_socket_options;
