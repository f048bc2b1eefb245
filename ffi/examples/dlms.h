/* Registers and powers from what a DLMS/COSEM meter pushes to its customer: data-notification APDUs (IEC 62056-5-3) as
 * the meters of Kaifa, Aidon and Kamstrup send them on the HAN port in Norway and Sweden. No heap, no recursion; every
 * loop ends with the frame's bytes, nothing is read behind them, and what is not understood is refused, not guessed.
 *
 * In front of it: the HDLC frame (0x7e ... 0x7e) with its checksum, taken off. Not here: meters that encipher (tag 0xdb). */
#ifndef DLMS_H
#define DLMS_H

#include "dlms_axdr.h"

enum { DLMS_VALUES = 48 }; /* a list has 27 */

/* Units by their numbers in DLMS (IEC 62056-6-2). */
enum { DLMS_W = 27, DLMS_VAR = 29, DLMS_WH = 30, DLMS_VARH = 32, DLMS_A = 33, DLMS_V = 35, DLMS_NO_UNIT = 255 };

/* number * 10^scaler unit */
typedef struct {
    uint8_t obis[6];
    uint8_t unit;
    int8_t scaler;
    int64_t number;
} dlms_value;

typedef struct {
    size_t count;
    dlms_value values[DLMS_VALUES];
} dlms_list;

/* Where a list has no units in it: the powers of ten of W and var, of A, of V, of Wh and varh. */
typedef struct {
    int8_t power, current, voltage, energy;
} dlms_scalers;
static const dlms_scalers dlms_kaifa = {0, -3, -1, 0}, dlms_kamstrup = {0, -2, 0, 1};

/* Unit and scaler by the code's groups C and D (IEC 62056-6-1): C.7 is a present value, C.8 a register. */
static inline int dlms_unit(const dlms_scalers *scalers, dlms_value *value)
{
    const uint8_t c = value->obis[2], d = value->obis[3], quantity = (uint8_t)(c % 20);
    const int active = quantity == 1 || quantity == 2, reactive = quantity == 3 || quantity == 4;
    if (c > 80 || value->obis[4] != 0 || (d != 7 && d != 8)) {
        return 0;
    }
    if (active || reactive) {
        value->scaler = d == 7 ? scalers->power : scalers->energy;
        value->unit = (uint8_t)(d == 7 ? (active ? DLMS_W : DLMS_VAR) : (active ? DLMS_WH : DLMS_VARH));
        return 1;
    }
    if (d == 7 && (quantity == 11 || quantity == 12)) {
        value->scaler = quantity == 11 ? scalers->current : scalers->voltage;
        value->unit = quantity == 11 ? DLMS_A : DLMS_V;
        return 1;
    }
    return 0;
}

static inline dlms_status dlms_add(dlms_list *list, const uint8_t obis[6], int64_t number, dlms_value **added)
{
    dlms_value *value;
    if (list->count == DLMS_VALUES) {
        return DLMS_TOO_MANY;
    }
    value = &list->values[list->count++];
    memcpy(value->obis, obis, 6);
    value->unit = DLMS_NO_UNIT;
    value->scaler = 0;
    value->number = number;
    *added = value;
    return DLMS_OK;
}

/* A row of Aidon's array, its structure's head already read: code, value and, of a number, {scaler, unit}. */
static inline dlms_status dlms_row(dlms_bytes *in, size_t elements, dlms_list *list)
{
    dlms_item code, value, about, scaler, unit;
    dlms_value *added;
    dlms_status status = elements == 2 || elements == 3 ? dlms_next(in, &code) : DLMS_UNKNOWN_TYPE;
    if (status == DLMS_OK) {
        status = dlms_is_code(&code) ? dlms_next(in, &value) : DLMS_UNKNOWN_TYPE;
    }
    if (status != DLMS_OK || elements == 2) {
        return status != DLMS_OK ? status
            : value.tag == DLMS_TEXT || value.tag == DLMS_OCTETS ? DLMS_OK /* names and clock */
                                                                   : DLMS_UNKNOWN_LIST;
    }
    status = dlms_is_number(&value) ? dlms_next(in, &about) : DLMS_UNKNOWN_TYPE;
    if (status == DLMS_OK) {
        status = about.tag == DLMS_STRUCTURE && about.len == 2 ? dlms_next(in, &scaler) : DLMS_UNKNOWN_TYPE;
    }
    if (status == DLMS_OK) {
        status = scaler.tag == DLMS_INT8 ? dlms_next(in, &unit) : DLMS_UNKNOWN_TYPE;
    }
    if (status == DLMS_OK) {
        status = unit.tag == DLMS_ENUM ? dlms_add(list, code.bytes, value.number, &added) : DLMS_UNKNOWN_TYPE;
    }
    if (status == DLMS_OK) {
        added->scaler = (int8_t)scaler.number;
        added->unit = (uint8_t)unit.number;
    }
    return status;
}

/* Kaifa's lists without codes: the C and D of each place from the fourth on; 0 is the clock. */
static inline const uint8_t *dlms_places(size_t elements, size_t *places)
{
    static const uint8_t one[] = {1, 7, 2, 7, 3, 7, 4, 7, 31, 7, 32, 7, 0, 0, 1, 8, 2, 8, 3, 8, 4, 8};
    static const uint8_t three[] = {1, 7, 2, 7, 3, 7, 4, 7, 31, 7, 51, 7, 71, 7, 32, 7, 52, 7, 72, 7, 0, 0, 1, 8, 2, 8, 3, 8,
        4, 8};
    *places = elements == 1 ? 1 : elements - 3;
    return elements == 1 || elements == 9 || elements == 14 ? one : elements == 13 || elements == 18 ? three : NULL;
}

/* A list without codes, its structure's head and first element already read. */
static inline dlms_status dlms_by_place(dlms_bytes *in, size_t elements, dlms_item item, dlms_list *list)
{
    size_t places, place;
    const uint8_t *cd = dlms_places(elements, &places);
    dlms_status status = DLMS_OK;
    if (cd == NULL || (elements == 1 ? !dlms_is_number(&item) : !dlms_says(&item, "KFM_001"))) {
        return DLMS_UNKNOWN_LIST;
    }
    for (size_t i = 0; i < elements && status == DLMS_OK; i++) {
        status = i == 0 ? DLMS_OK : dlms_next(in, &item);
        if (status != DLMS_OK || (elements > 1 && i < 3)) {
            continue; /* version, meter, model */
        }
        place = elements == 1 ? 0 : i - 3;
        if (cd[2 * place] == 0) {
            status = item.tag == DLMS_OCTETS ? DLMS_OK : DLMS_UNKNOWN_LIST;
        } else if (!dlms_is_number(&item)) {
            status = DLMS_UNKNOWN_LIST;
        } else {
            const uint8_t obis[6] = {1, 0, cd[2 * place], cd[2 * place + 1], 0, 255};
            dlms_value *added;
            status = dlms_add(list, obis, item.number, &added);
            if (status == DLMS_OK && !dlms_unit(&dlms_kaifa, added)) {
                status = DLMS_UNKNOWN_LIST;
            }
        }
    }
    return status;
}

/* A list of codes, each before its value, its structure's head and first element already read. Units go by the version:
 * Kamstrup's is the first element, Kaifa's the value of 1.0.0.2.129.255. */
static inline dlms_status dlms_by_code(dlms_bytes *in, size_t elements, dlms_item item, dlms_list *list)
{
    static const uint8_t version[6] = {1, 0, 0, 2, 129, 255};
    const dlms_scalers *scalers = dlms_says(&item, "Kamstrup_V0001") ? &dlms_kamstrup : NULL;
    const uint8_t *code = NULL;
    dlms_status status = DLMS_OK;
    if (scalers == NULL && !dlms_is_code(&item)) {
        return DLMS_UNKNOWN_LIST;
    }
    code = scalers == NULL ? item.bytes : NULL;
    for (size_t i = 1; i < elements && status == DLMS_OK; i++) {
        status = dlms_next(in, &item);
        if (status != DLMS_OK) {
            return status;
        }
        if (code == NULL) {
            if (dlms_is_code(&item)) {
                code = item.bytes;
            } else if (item.tag != DLMS_NULL) { /* of phases that the meter has not */
                return DLMS_UNKNOWN_LIST;
            }
            continue;
        }
        if (memcmp(code, version, sizeof version) == 0) {
            scalers = dlms_says(&item, "KFM_001") ? &dlms_kaifa : NULL;
        } else if (dlms_is_number(&item)) {
            dlms_value *added;
            status = scalers == NULL ? DLMS_UNKNOWN_LIST : dlms_add(list, code, item.number, &added);
            if (status == DLMS_OK && !dlms_unit(scalers, added)) {
                list->count--; /* a number of no interest here */
            }
        } else if (item.tag != DLMS_TEXT && item.tag != DLMS_OCTETS) {
            return DLMS_UNKNOWN_TYPE;
        }
        code = NULL;
    }
    return status == DLMS_OK && code != NULL ? DLMS_UNKNOWN_LIST : status;
}

/* Before the list: LLC header, tag, invoke id, and the time of the push, which some send without its type. */
static inline dlms_status dlms_head(dlms_bytes *in)
{
    static const uint8_t llc[3] = {0xE6, 0xE7, 0x00};
    dlms_status status;
    int64_t number;
    if (dlms_left(in) >= sizeof llc && memcmp(in->at, llc, sizeof llc) == 0) {
        in->at += sizeof llc;
    }
    status = dlms_number(in, 1, 0, &number);
    if (status == DLMS_OK && number != 0x0F) {
        return DLMS_NO_PUSH;
    }
    if (status == DLMS_OK) {
        status = dlms_number(in, 4, 0, &number);
    }
    if (status == DLMS_OK) {
        status = dlms_number(in, 1, 0, &number);
    }
    if (status == DLMS_OK && number == DLMS_OCTETS) {
        status = dlms_number(in, 1, 0, &number);
    }
    if (status != DLMS_OK || number == 0) {
        return status;
    }
    if (number != 12) {
        return DLMS_UNKNOWN_TYPE;
    }
    if (dlms_left(in) < 12) {
        return DLMS_TRUNCATED;
    }
    in->at += 12;
    return DLMS_OK;
}

/* All numbers of a push that have a unit; `list` is of use only if DLMS_OK. */
static inline dlms_status dlms_push(const uint8_t *frame, size_t len, dlms_list *list)
{
    dlms_bytes in = {frame, frame + len};
    dlms_item all, item;
    dlms_status status;
    list->count = 0;
    status = dlms_head(&in);
    if (status == DLMS_OK) {
        status = dlms_next(&in, &all);
    }
    if (status == DLMS_OK && all.tag == DLMS_ARRAY) {
        for (size_t i = 0; i < all.len && status == DLMS_OK; i++) {
            status = dlms_next(&in, &item);
            if (status == DLMS_OK) {
                status = item.tag == DLMS_STRUCTURE ? dlms_row(&in, item.len, list) : DLMS_UNKNOWN_TYPE;
            }
        }
    } else if (status == DLMS_OK && all.tag == DLMS_STRUCTURE && all.len > 0) {
        status = dlms_next(&in, &item);
        if (status == DLMS_OK) {
            const int coded = dlms_is_code(&item) || item.tag == DLMS_TEXT;
            status = coded ? dlms_by_code(&in, all.len, item, list) : dlms_by_place(&in, all.len, item, list);
        }
    } else if (status == DLMS_OK) {
        status = DLMS_UNKNOWN_TYPE;
    }
    return status == DLMS_OK && dlms_left(&in) > 0 ? DLMS_TRAILING : status;
}

/* The value of a code, any channel B: 1.x.C.D.0.255. NULL if the list has none, or in another unit. */
static inline const dlms_value *dlms_find(const dlms_list *list, uint8_t c, uint8_t d, uint8_t unit)
{
    for (size_t i = 0; i < list->count; i++) {
        const uint8_t *obis = list->values[i].obis;
        if (obis[0] == 1 && obis[2] == c && obis[3] == d && obis[4] == 0 && list->values[i].unit == unit) {
            return &list->values[i];
        }
    }
    return NULL;
}

#endif
