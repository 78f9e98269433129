/*
 * mbed_server - a small server on mbed TLS for the bed of TLS servers: one connection at a time.
 *
 * usage: mbed_server PORT CERT.pem KEY.pem SUITE,SUITE,...   (mbed TLS names)
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>

static void serve(mbedtls_ssl_context *ssl, mbedtls_net_context *c)
{
    unsigned char request[1024];
    static const unsigned char page[] =
        "HTTP/1.1 200 OK\r\nServer: mbed\r\nContent-Length: 0\r\n\r\n";
    mbedtls_ssl_session_reset(ssl);
    mbedtls_ssl_set_bio(ssl, c, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
    if (mbedtls_ssl_handshake(ssl) == 0 && mbedtls_ssl_read(ssl, request, sizeof request) > 0) {
        (void)mbedtls_ssl_write(ssl, page, sizeof page - 1);
        (void)mbedtls_ssl_close_notify(ssl);
    }
}

int main(int argc, char **argv)
{
    mbedtls_net_context listener, c;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    int suites[64] = {0};
    size_t n = 0;
    if (argc != 5) {
        return 64;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    mbedtls_net_init(&listener);
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&conf);
    mbedtls_x509_crt_init(&cert);
    mbedtls_pk_init(&key);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    char *save = NULL;
    for (char *s = strtok_r(argv[4], ",", &save); s && n < 63; s = strtok_r(NULL, ",", &save)) {
        suites[n] = mbedtls_ssl_get_ciphersuite_id(s);
        n += suites[n] != 0;
    }
    if (mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0) ||
        mbedtls_x509_crt_parse_file(&cert, argv[2]) ||
        mbedtls_pk_parse_keyfile(&key, argv[3], NULL) ||
        mbedtls_net_bind(&listener, "127.0.0.1", argv[1], MBEDTLS_NET_PROTO_TCP) ||
        mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) ||
        mbedtls_ssl_conf_own_cert(&conf, &cert, &key)) {
        return 1;
    }
    mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &random);
    mbedtls_ssl_conf_ciphersuites(&conf, suites);
    mbedtls_ssl_conf_read_timeout(&conf, 2000);
    if (mbedtls_ssl_setup(&ssl, &conf)) {
        return 1;
    }
    for (;;) {
        mbedtls_net_init(&c);
        if (mbedtls_net_accept(&listener, &c, NULL, 0, NULL)) {
            return 1;
        }
        serve(&ssl, &c);
        mbedtls_net_free(&c);
    }
}
