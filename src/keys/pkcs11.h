/*
 * pkcs11 - what is used of PKCS #11 v2.40 (OASIS, "Cryptographic Token Interface Base
 * Specification"): our own minimal declarations, in the order and with the sizes that the standard
 * fixes for Unix.
 */
#ifndef KEYS_PKCS11_H
#define KEYS_PKCS11_H

typedef unsigned char ck_byte;
typedef unsigned long ck_ulong;

/* Return values. */
#define CKR_OK                           0x000UL
#define CKR_DEVICE_ERROR                 0x030UL
#define CKR_DEVICE_REMOVED               0x032UL
#define CKR_FUNCTION_NOT_SUPPORTED       0x054UL
#define CKR_MECHANISM_INVALID            0x070UL
#define CKR_PIN_INCORRECT                0x0A0UL
#define CKR_PIN_INVALID                  0x0A1UL
#define CKR_PIN_LEN_RANGE                0x0A2UL
#define CKR_PIN_EXPIRED                  0x0A3UL
#define CKR_PIN_LOCKED                   0x0A4UL
#define CKR_SESSION_CLOSED               0x0B0UL
#define CKR_SESSION_HANDLE_INVALID       0x0B3UL
#define CKR_TOKEN_NOT_PRESENT            0x0E0UL
#define CKR_TOKEN_NOT_RECOGNIZED         0x0E1UL
#define CKR_USER_ALREADY_LOGGED_IN       0x100UL
#define CKR_USER_NOT_LOGGED_IN           0x101UL
#define CKR_USER_PIN_NOT_INITIALIZED     0x102UL
#define CKR_CRYPTOKI_ALREADY_INITIALIZED 0x191UL

/* Flags. */
#define CKF_OS_LOCKING_OK                 0x002UL /* of C_Initialize */
#define CKF_SERIAL_SESSION                0x004UL
#define CKF_LOGIN_REQUIRED                0x004UL /* of a token */
#define CKF_PROTECTED_AUTHENTICATION_PATH 0x100UL /* the token has keys of its own for the PIN */
#define CKF_TOKEN_INITIALIZED             0x400UL
#define CKF_USER_PIN_FINAL_TRY            0x20000UL
#define CKF_USER_PIN_LOCKED               0x40000UL

#define CKU_USER             1UL
#define CKU_CONTEXT_SPECIFIC 2UL

/* Object classes, attributes, key types, mechanisms. */
#define CKO_CERTIFICATE         1UL
#define CKO_PRIVATE_KEY         3UL
#define CKA_CLASS               0x000UL
#define CKA_LABEL               0x003UL
#define CKA_VALUE               0x011UL
#define CKA_CERTIFICATE_TYPE    0x080UL
#define CKA_KEY_TYPE            0x100UL
#define CKA_ID                  0x102UL
#define CKA_SIGN                0x108UL
#define CKA_MODULUS             0x120UL
#define CKA_ALWAYS_AUTHENTICATE 0x202UL
#define CKC_X_509               0UL
#define CKK_RSA                 0UL
#define CKK_EC                  3UL
#define CKM_RSA_PKCS            0x0001UL
#define CKM_SHA256_RSA_PKCS     0x0040UL
#define CKM_ECDSA               0x1041UL

struct ck_version {
    ck_byte major, minor;
};

struct ck_token_info {
    ck_byte label[32], manufacturer[32], model[16], serial[16]; /* padded with blanks */
    ck_ulong flags, max_sessions, sessions, max_rw_sessions, rw_sessions;
    ck_ulong max_pin, min_pin, total_public, free_public, total_private, free_private;
    struct ck_version hardware, firmware;
    ck_byte time[16];
};

struct ck_attribute {
    ck_ulong type;
    void *value;
    ck_ulong size;
};

struct ck_mechanism {
    ck_ulong mechanism;
    void *parameter;
    ck_ulong size;
};

struct ck_initialize {
    ck_ulong (*create)(void **);
    ck_ulong (*destroy)(void *);
    ck_ulong (*lock)(void *);
    ck_ulong (*unlock)(void *);
    ck_ulong flags;
    void *reserved;
};

/* A function we never call, only there to keep the place. */
typedef ck_ulong (*ck_unused)(void);

/* CK_FUNCTION_LIST: the order is the standard's. */
struct ck_functions {
    struct ck_version version;
    ck_ulong (*initialize)(void *arguments);
    ck_ulong (*finalize)(void *reserved);
    ck_unused get_info, get_function_list;
    ck_ulong (*get_slot_list)(ck_byte present, ck_ulong *slots, ck_ulong *count);
    ck_unused get_slot_info;
    ck_ulong (*get_token_info)(ck_ulong slot, struct ck_token_info *info);
    ck_ulong (*get_mechanism_list)(ck_ulong slot, ck_ulong *list, ck_ulong *count);
    ck_unused get_mechanism_info, init_token, init_pin, set_pin;
    ck_ulong (*open_session)(ck_ulong slot, ck_ulong flags, void *application, void *notify,
                             ck_ulong *session);
    ck_ulong (*close_session)(ck_ulong session);
    ck_unused close_all_sessions, get_session_info, get_operation_state, set_operation_state;
    ck_ulong (*login)(ck_ulong session, ck_ulong user, const ck_byte *pin, ck_ulong size);
    ck_ulong (*logout)(ck_ulong session);
    ck_unused create_object, copy_object, destroy_object, get_object_size;
    ck_ulong (*get_attribute_value)(ck_ulong session, ck_ulong object, struct ck_attribute *list,
                                    ck_ulong count);
    ck_unused set_attribute_value;
    ck_ulong (*find_objects_init)(ck_ulong session, struct ck_attribute *list, ck_ulong count);
    ck_ulong (*find_objects)(ck_ulong session, ck_ulong *objects, ck_ulong most, ck_ulong *count);
    ck_ulong (*find_objects_final)(ck_ulong session);
    ck_unused encrypt_init, encrypt, encrypt_update, encrypt_final;
    ck_unused decrypt_init, decrypt, decrypt_update, decrypt_final;
    ck_unused digest_init, digest, digest_update, digest_key, digest_final;
    ck_ulong (*sign_init)(ck_ulong session, struct ck_mechanism *mechanism, ck_ulong key);
    ck_ulong (*sign)(ck_ulong session, const ck_byte *data, ck_ulong size, ck_byte *signature,
                     ck_ulong *signature_size);
    /* more follow; they are not used */
};

typedef ck_ulong (*ck_get_function_list)(struct ck_functions **list);

#endif
