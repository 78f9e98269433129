/*
 * bear_server - a small server on BearSSL for the bed of TLS servers: one connection at a time.
 *
 * usage: bear_server PORT CERT.der KEY.der     (RSA, the key in PKCS#1 or PKCS#8)
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bearssl.h>

static unsigned char cert_bytes[16384], key_bytes[16384];

static size_t read_file(const char *path, unsigned char *out, size_t max)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(out, 1, max, f) : 0;
    if (f) {
        (void)fclose(f);
    }
    return n;
}

static int sock_read(void *ctx, unsigned char *buf, size_t len)
{
    ssize_t n = read(*(int *)ctx, buf, len);
    return n > 0 ? (int)n : -1;
}

static int sock_write(void *ctx, const unsigned char *buf, size_t len)
{
    ssize_t n = write(*(int *)ctx, buf, len);
    return n > 0 ? (int)n : -1;
}

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

static void serve(const br_x509_certificate *cert, const br_rsa_private_key *key, int c)
{
    static br_ssl_server_context server;
    static unsigned char io[BR_SSL_BUFSIZE_BIDI];
    static const char page[] = "HTTP/1.1 200 OK\r\nServer: bear\r\nContent-Length: 0\r\n\r\n";
    br_sslio_context sio;
    char request[1];
    struct timeval wait = {2, 0};
    (void)setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    br_ssl_server_init_full_rsa(&server, cert, 1, key);
    br_ssl_engine_set_buffer(&server.eng, io, sizeof io, 1);
    br_ssl_server_reset(&server);
    br_sslio_init(&sio, &server.eng, sock_read, &c, sock_write, &c);
    if (br_sslio_read(&sio, request, 1) == 1) {
        (void)br_sslio_write_all(&sio, page, sizeof page - 1);
        (void)br_sslio_flush(&sio);
    }
}

int main(int argc, char **argv)
{
    static br_skey_decoder_context decoder;
    if (argc != 4) {
        return 64;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    br_x509_certificate cert = {cert_bytes, read_file(argv[2], cert_bytes, sizeof cert_bytes)};
    size_t n = read_file(argv[3], key_bytes, sizeof key_bytes);
    br_skey_decoder_init(&decoder);
    br_skey_decoder_push(&decoder, key_bytes, n);
    const br_rsa_private_key *key = br_skey_decoder_get_rsa(&decoder);
    if (!key || cert.data_len == 0) {
        return 1;
    }
    for (int fd = listen_on(argv[1]), c; (c = accept(fd, NULL, NULL)) >= 0; close(c)) {
        serve(&cert, key, c);
    }
    return 0;
}
