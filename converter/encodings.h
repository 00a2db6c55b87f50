/* SPDX-License-Identifier: MIT */
/* converter/encodings.h -- how payloads are marked. The names are those of the other SDKs; only
 * payload_write.c and payload_read.c know what stands behind them. */
#ifndef TP_CONVERTER_ENCODINGS_H
#define TP_CONVERTER_ENCODINGS_H

#define TP_METADATA_ENCODING "encoding"
#define TP_METADATA_MESSAGE  "messageType" /* of a protobuf payload: which message it is */

#define TP_ENCODING_NULL            "binary/null"
#define TP_ENCODING_BINARY          "binary/plain"
#define TP_ENCODING_JSON            "json/plain"
#define TP_ENCODING_JSON_PROTOBUF   "json/protobuf"
#define TP_ENCODING_BINARY_PROTOBUF "binary/protobuf"

#endif
