/*
 * flood_server - a TLS 1.3 server on OpenSSL that sends session tickets without end once a
 * handshake is complete, and nothing else. For tests/e2e/tls_hostile.py.
 *
 * usage: flood_server PORT CERT.pem KEY.pem
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

static int listen_on(const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((unsigned short)strtoul(port, NULL, 10))};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 16) != 0) {
        perror("flood_server");
        exit(1);
    }
    return fd;
}

/* The client will say no more. OpenSSL does not tell that a ticket could not be sent. */
static int is_gone(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) != 0;
}

static void serve(SSL_CTX *ctx, int fd)
{
    SSL *ssl = SSL_new(ctx);
    if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1 &&
        SSL_version(ssl) == TLS1_3_VERSION) {
        while (SSL_new_session_ticket(ssl) == 1 && SSL_do_handshake(ssl) == 1 && !is_gone(fd)) {
        }
    }
    SSL_free(ssl);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (argc != 4 || !ctx || SSL_CTX_use_certificate_file(ctx, argv[2], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1) {
        (void)fputs("usage: flood_server PORT CERT.pem KEY.pem\n", stderr);
        return 1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    int fd = listen_on(argv[1]);
    for (;;) {
        int c = accept(fd, NULL, NULL);
        if (c >= 0) {
            serve(ctx, c);
        }
    }
}
