/* Asking servers over HTTP: a service for errands (mod/errands.h).
 *
 * Permission: `network`, a list of "host:port". "host" alone stands for "host:443", "*.host:port"
 * for every name below that host, "*" for every name or port. An address of this machine or of a
 * private network is reached only where the permission names that address ("127.0.0.1:8080",
 * "[::1]:8080", "192.168.1.5:80") or, for this machine, "localhost:8080": no other name and no
 * wildcard leads there, whatever the name server says. Each redirection is checked like the first
 * request.
 *
 * The order:
 *   "url"                 "https://example.org/path", without a name and password in it
 *   "method"              "GET" if left out
 *   "headers"             [["Name", "value"], ...]; those that the host itself sets, such as Host
 *                         and Content-Length, are refused
 *   "follow"              whether redirections are followed, true if left out. At most 10 are. To
 *                         another origin, no headers go but Accept, Accept-Language, User-Agent and
 *                         Content-Type
 *   "bytesMax"            of the answer's body: 16 MiB if left out, at most 1 GiB
 *   "connectSeconds"      until there is a connection: 15 if left out
 *   "firstByteSeconds"    from then to the first byte of the body: 60 if left out
 *   "stallSeconds"        between two pieces: 60 if left out
 * The body of the errand is the request's; at most 16 MiB.
 *
 * All bytes are borrowed, as mod/errands.h says.
 *
 * News: one MOD_HTTP_HEAD, then MOD_HTTP_PIECE as they come. The end is MOD_OK once the answer is
 * whole, whatever its status. */
#ifndef MOD_HTTP_H
#define MOD_HTTP_H

#ifdef __cplusplus
extern "C" {
#endif

#define MOD_SERVICE_HTTP "http"

enum {
    /* `number` is the status, such as 200. The value is {"url": where the answer came from,
     * "headers": [["Name", "value"], ...]}. */
    MOD_HTTP_HEAD = 1,
    /* The value is part of the body, decompressed. */
    MOD_HTTP_PIECE = 2
};

#ifdef __cplusplus
}
#endif
#endif
