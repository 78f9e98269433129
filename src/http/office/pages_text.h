/*
 * pages_text - dates, money and numbers as people in India read them.
 *
 * Dates are civil dates in Asia/Kolkata ("21 Nov 2026", in Hindi with Hindi month names), money is
 * whole paise, groups of digits are those of India (1,00,000). What it does not do: escaping; that
 * is report/html.h's.
 */
#ifndef HTTP_OFFICE_PAGES_TEXT_H
#define HTTP_OFFICE_PAGES_TEXT_H

#include "base/utc.h"

enum { TEXT_SIZE = 64 };

/* "2026-11-21" as "21 Nov 2026"; a text that is no date stays as it is, cut to TEXT_SIZE. */
const char *text_date(const char *iso, bool hindi, char out[TEXT_SIZE]);

/* 12345678 as "1,23,45,678" (Indian grouping). */
const char *text_number(int64_t n, char out[TEXT_SIZE]);

/* Paise as rupees: 2950000 as "₹29,500", 2950050 as "₹29,500.50". */
const char *text_money(int64_t paise, char out[TEXT_SIZE]);

/* Paise as a number to be edited: "29500.50". */
const char *text_rupees(int64_t paise, char out[TEXT_SIZE]);

/* "29,500.50", "₹ 29500" -> paise; false when it is not an amount. */
bool text_paise(const char *text, int64_t *paise) WARN_UNUSED;

/* "1.5 MB". */
const char *text_bytes(int64_t bytes, char out[TEXT_SIZE]);

#endif
