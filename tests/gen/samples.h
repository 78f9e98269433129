/*
 * samples - the parts of the program that writes the documents the cases use.
 */
#ifndef GEN_SAMPLES_H
#define GEN_SAMPLES_H

#include "pdf.h"

void samples_cms(const char *dir);
void samples_pdf(const char *dir);
void samples_pdf_active(const char *dir);
void samples_locked(const char *dir);
void samples_jws(const char *dir);
void samples_xml(const char *dir);
void samples_esign(const char *dir);
void samples_xmlforms(const char *dir);
void samples_xmlforged(const char *dir);
void samples_office(const char *dir);
void samples_mail(const char *dir);
void samples_odd(const char *dir);
void samples_zip(const char *dir);
void samples_asic(const char *dir);
void samples_longterm(const char *dir);
void samples_longterm_pdf(const char *dir);
void samples_record(const char *dir);

#endif
