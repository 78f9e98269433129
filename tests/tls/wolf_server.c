/*
 * wolf_server - a small server on wolfSSL for the bed of TLS servers: one connection at a time.
 *
 * usage: wolf_server PORT CERT.pem KEY.pem CIPHER-LIST|-
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

static int listen_on(const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    a.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 16) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static void serve(WOLFSSL_CTX *ctx, int c)
{
    static const char page[] = "HTTP/1.1 200 OK\r\nServer: wolf\r\nContent-Length: 0\r\n\r\n";
    char request[1024];
    WOLFSSL *ssl = wolfSSL_new(ctx);
    struct timeval wait = {2, 0};
    (void)setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    wolfSSL_set_fd(ssl, c);
    if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS && wolfSSL_read(ssl, request, sizeof request) > 0) {
        (void)wolfSSL_write(ssl, page, sizeof page - 1);
        (void)wolfSSL_shutdown(ssl);
    }
    wolfSSL_free(ssl);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        return 64;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    wolfSSL_Init();
    WOLFSSL_CTX *ctx = wolfSSL_CTX_new(wolfTLSv1_2_server_method());
    if (!ctx ||
        wolfSSL_CTX_use_certificate_file(ctx, argv[2], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_use_PrivateKey_file(ctx, argv[3], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS) {
        return 1;
    }
    if (strcmp(argv[4], "-") != 0 && wolfSSL_CTX_set_cipher_list(ctx, argv[4]) != WOLFSSL_SUCCESS) {
        return 1;
    }
    for (int fd = listen_on(argv[1]), c; (c = accept(fd, NULL, NULL)) >= 0; close(c)) {
        serve(ctx, c);
    }
    return 0;
}
