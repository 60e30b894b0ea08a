package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// appID is the application id of zincati, de35106b-6ec2-4688-b63a-fddaa156679b.
var appID = [16]byte{0xde, 0x35, 0x10, 0x6b, 0x6e, 0xc2, 0x46, 0x88, 0xb6, 0x3a, 0xfd, 0xda, 0xa1, 0x56, 0x67, 0x9b}

// AppSpecific derives from a machine id an id that only one application has: the beginning of the HMAC-SHA256 of the
// application's id under the machine id, marked as a random UUID. It is what sd_id128_get_machine_app_specific(3)
// returns.
func AppSpecific(machineID, app [16]byte) (id [16]byte) {
	mac := hmac.New(sha256.New, machineID[:])
	mac.Write(app[:])
	copy(id[:], mac.Sum(nil))
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// NodeID returns the id that update and lock servers know this machine by: 32 lower-case hex digits. machineID is the
// content of /etc/machine-id, a UUID of which trailing white space is ignored. The result is that of
// "systemd-id128 machine-id -a de35106b6ec24688b63afddaa156679b".
func NodeID(machineID string) (string, error) {
	id, err := ParseID(strings.TrimRightFunc(machineID, unicode.IsSpace))
	if err != nil {
		return "", err
	}
	node := AppSpecific(id, appID)
	return hex.EncodeToString(node[:]), nil
}

// errID does not quote the text: a machine id is confidential.
var errID = errors.New("not a UUID")

// ParseID reads a UUID in one of its forms: 32 hex digits in either case; 8-4-4-4-12 of them with dashes; these in
// braces, or after "urn:uuid:".
func ParseID(s string) (id [16]byte, err error) {
	if rest, ok := strings.CutPrefix(s, "urn:uuid:"); ok && len(rest) == 36 {
		s = rest
	} else if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	switch len(s) {
	case 32:
	case 36:
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return id, errID
		}
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	default:
		return id, fmt.Errorf("%w, but %d bytes", errID, len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return [16]byte{}, errID
	}
	return id, nil
}
