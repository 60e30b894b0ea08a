// Package guestinfo reads and writes the variables guestinfo.* of a VMware
// virtual machine, and decodes a config that is kept in them.
package guestinfo

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// ErrTooLarge reports data larger than the limit once they are decompressed.
var ErrTooLarge = errors.New("decompressed data are too large")

// Decode decodes data by the name of their encoding:
//
//	""                                     as they are
//	b64 base64                             base64
//	gz gzip                                gzip
//	gz+b64 gz+base64 gzip+b64 gzip+base64  gzip, then base64
//
// Decompressed data of more than limit bytes are an error.
func Decode(data, encoding string, limit int) ([]byte, error) {
	switch encoding {
	case "":
		return []byte(data), nil
	case "b64", "base64":
		return decodeBase64(data)
	case "gz", "gzip":
		return Gunzip([]byte(data), limit)
	case "gz+b64", "gz+base64", "gzip+b64", "gzip+base64":
		packed, err := decodeBase64(data)
		if err != nil {
			return nil, err
		}
		return Gunzip(packed, limit)
	}
	return nil, fmt.Errorf("unsupported encoding %q", encoding)
}

func decodeBase64(data string) ([]byte, error) {
	plain, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, fmt.Errorf("unable to decode base64: %w", err)
	}
	return plain, nil
}

// Gunzip decompresses gzip members into at most limit bytes.
func Gunzip(packed []byte, limit int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(plain) > limit {
		return nil, ErrTooLarge
	}
	return plain, err
}
