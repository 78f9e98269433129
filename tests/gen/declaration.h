/*
 * declaration - the text of the sample declaration that the test and demonstration PDFs carry.
 */
#ifndef GEN_DECLARATION_H
#define GEN_DECLARATION_H

#include <stddef.h>

static const char *const declaration_text[] = {
    "# Declaration of the Manufacturer",
    "= IoT System Certification Scheme (IoTSCS) - Security of CCTV cameras",
    "---",
    "To: The Certification Body, STQC Directorate, New Delhi",
    "From: Example Cameras Private Limited, 12 MG Road, Bengaluru 560001, Karnataka",
    "Date: as signed below                                       Ref: ECPL/STQC/2026/017",
    "",
    "= 1. Product",
    "Network (IP) camera, models EC-2100 and EC-2100W, hardware version 2.1,",
    "firmware 4.7.2, manufactured at Bengaluru, India.",
    "",
    "= 2. Declarations",
    "(a) The same hardware design, bill of materials and firmware are used in all models",
    "    listed above; the differences are limited to the housing and the lens.",
    "(b) The system-on-chip, the radio module and the storage come from the sources named",
    "    in Annexure A; no component has been replaced since the samples were handed over.",
    "(c) Secure boot is enabled; debug ports are disabled in units for sale.",
    "(d) No default or shared passwords are used. All known vulnerabilities reported to us",
    "    have been addressed in the firmware version named above.",
    "(e) Security updates will be provided for not less than five years from first sale.",
    "",
    "= 3. Ghoshna (transliterated)",
    "Hum ghoshit karte hain ki uparyukt jankari hamari jankari ke anusar satya aur purn hai.",
    "",
    "= 4. Undertaking",
    "We understand that a declaration which is not digitally signed with a certificate issued",
    "by a Certifying Authority licensed in India may not be considered.",
    "",
    "For Example Cameras Private Limited",
    "Asha Verma, Authorised Signatory",
    NULL};

static const char *const other_text[] = {
    "# Declaration of the Manufacturer",
    "= IoT System Certification Scheme (IoTSCS) - Security of CCTV cameras", "---",
    "This text was put in the place of the signed one.", NULL};

static const char *const declaration_box[] = {
    "Digitally signed by ASHA VERMA", "Example Cameras Private Limited",
    "Reason: Declaration under IoTSCS", "Location: Bengaluru", NULL};

static const char declaration_letter[] =
    "Declaration of the Manufacturer\n"
    "IoT System Certification Scheme (IoTSCS)\n"
    "\n"
    "Example Cameras Private Limited declares that the network cameras EC-2100 and\n"
    "EC-2100W with firmware 4.7.2 are built from the sources named in Annexure A.\n"
    "\n"
    "Asha Verma, Authorised Signatory\n";

#endif
