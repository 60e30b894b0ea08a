package pgp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// Limits of hostile input, far above anything real.
const (
	maxSignatureSize = 64 << 10
	maxKeyringSize   = 32 << 20
	maxSignatures    = 64
)

// Packet tags.
const (
	tagSignature     = 2
	tagPublicKey     = 6
	tagUserID        = 13
	tagPublicSubkey  = 14
	tagUserAttribute = 17
)

var errTruncated = errors.New("truncated OpenPGP packet")

// rawPacket is a packet before its body is looked at.
type rawPacket struct {
	tag  int
	body []byte
	raw  []byte // header and body
}

// packets splits b. The sequence ends after the first error.
func packets(b []byte) iter.Seq2[rawPacket, error] {
	return func(yield func(rawPacket, error) bool) {
		for len(b) > 0 {
			p, err := nextPacket(b)
			if !yield(p, err) || err != nil {
				return
			}
			b = b[len(p.raw):]
		}
	}
}

func nextPacket(b []byte) (rawPacket, error) {
	if b[0]&0x80 == 0 {
		return rawPacket{}, errors.New("not an OpenPGP packet")
	}
	tag, head, size, err := int(b[0]&0x3f), 0, uint64(0), error(nil)
	if b[0]&0x40 != 0 {
		head, size, err = newLength(b)
	} else {
		tag >>= 2
		head, size, err = oldLength(b)
	}
	if err != nil {
		return rawPacket{}, err
	}
	if size > uint64(len(b)-head) {
		return rawPacket{}, errTruncated
	}
	end := head + int(size)
	return rawPacket{tag: tag, body: b[head:end:end], raw: b[:end:end]}, nil
}

func newLength(b []byte) (head int, size uint64, err error) {
	switch {
	case len(b) < 2:
	case b[1] < 192:
		return 2, uint64(b[1]), nil
	case b[1] < 224:
		if len(b) >= 3 {
			return 3, uint64(b[1]-192)<<8 + uint64(b[2]) + 192, nil
		}
	case b[1] < 255:
		return 0, 0, errors.New("OpenPGP packet of partial length")
	case len(b) >= 6:
		return 6, uint64(binary.BigEndian.Uint32(b[2:])), nil
	}
	return 0, 0, errTruncated
}

func oldLength(b []byte) (head int, size uint64, err error) {
	n := 1 << (b[0] & 3)
	if n == 8 {
		return 0, 0, errors.New("OpenPGP packet of indeterminate length")
	}
	if len(b) < 1+n {
		return 0, 0, errTruncated
	}
	for _, c := range b[1 : 1+n] {
		size = size<<8 | uint64(c)
	}
	return 1 + n, size, nil
}

// dearmor returns the binary content of each armored block of the wanted kind; binary input
// is a single block.
func dearmor(b []byte, kind string) ([][]byte, error) {
	if len(b) > 0 && b[0]&0x80 != 0 {
		return [][]byte{b}, nil
	}
	var blocks [][]byte
	r := bufio.NewReader(bytes.NewReader(b))
	for {
		block, err := armor.Decode(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading armor: %w", err)
		}
		content, err := io.ReadAll(block.Body)
		if err != nil {
			return nil, fmt.Errorf("reading armor: %w", err)
		}
		if block.Type == kind {
			blocks = append(blocks, content)
		}
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("no %s found", kind)
	}
	return blocks, nil
}
