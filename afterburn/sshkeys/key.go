package sshkeys

import (
	"bytes"
	"encoding/base64"
)

// Key is a public key with what a line of an authorized_keys file says about it.
type Key struct {
	// Options are the words before the type, as they were written; "" if there are none.
	Options string
	// Type is the name of the algorithm, such as "ssh-ed25519".
	Type string
	// Blob is the key in the encoding of the SSH protocol (RFC 4253, section 6.6), which begins with the type.
	Blob []byte
	// Comment is the text after the key without blanks around it; "" if there is none.
	Comment string
}

// String returns the key as a line without its end: options if there are any, type, base64 and comment, with a
// blank between each. Without a comment the line ends in that blank.
func (k Key) String() string {
	size := len(k.Options) + len(k.Type) + base64.StdEncoding.EncodedLen(len(k.Blob)) + len(k.Comment) + 3
	b := make([]byte, 0, size)
	if k.Options != "" {
		b = append(append(b, k.Options...), ' ')
	}
	b = append(append(b, k.Type...), ' ')
	b = append(base64.StdEncoding.AppendEncode(b, k.Blob), ' ')
	return string(append(b, k.Comment...))
}

// Equal reports whether two keys are the same one, whatever their options and comments.
func (k Key) Equal(o Key) bool { return bytes.Equal(k.Blob, o.Blob) }
