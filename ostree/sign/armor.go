package sign

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

var (
	armorBegin = []byte("-----BEGIN PGP ")
	armorEnd   = []byte("-----END PGP ")
)

// dearmor returns the binary content of every ASCII-armored block in text, concatenated.
// Text around the blocks is ignored; so are armor headers. A checksum line, when there is
// one, must be right.
func dearmor(text []byte) ([]byte, error) {
	var out []byte
	for {
		start := lineStart(text, armorBegin)
		if start < 0 {
			return out, nil
		}
		text = text[start:]
		end := lineStart(text, armorEnd)
		if end < 0 {
			return nil, errors.New("armored data has no end line")
		}
		block, err := armorBlock(text[:end])
		if err != nil {
			return nil, fmt.Errorf("armored data: %w", err)
		}
		out = append(out, block...)
		text = text[end+len(armorEnd):]
	}
}

// lineStart finds mark at the start of a line.
func lineStart(text, mark []byte) int {
	if bytes.HasPrefix(text, mark) {
		return 0
	}
	if i := bytes.Index(text, append([]byte("\n"), mark...)); i >= 0 {
		return i + 1
	}
	return -1
}

// armorBlock decodes one block, from its BEGIN line up to its END line.
func armorBlock(block []byte) ([]byte, error) {
	lines := strings.Split(string(block), "\n")[1:]
	for len(lines) > 0 && strings.Contains(lines[0], ": ") {
		lines = lines[1:]
	}
	var body strings.Builder // armor may be large
	var sum string
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "=") && len(line) == 5 {
			sum = line[1:]
			continue
		}
		body.WriteString(line)
	}
	data, err := base64.StdEncoding.DecodeString(body.String())
	if err != nil {
		return nil, err
	}
	return data, checkArmorSum(data, sum)
}

func checkArmorSum(data []byte, sum string) error {
	if sum == "" {
		return nil
	}
	want, err := base64.StdEncoding.DecodeString(sum)
	if err != nil || len(want) != 3 {
		return errors.New("malformed checksum")
	}
	if !bytes.Equal(want, crc24(data)) {
		return errors.New("checksum does not match")
	}
	return nil
}

// crc24 is the checksum of ASCII armor (RFC 4880, section 6.1), three bytes.
func crc24(data []byte) []byte {
	crc := uint32(0xb704ce)
	for _, b := range data {
		crc ^= uint32(b) << 16
		for range 8 {
			crc <<= 1
			if crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return binary.BigEndian.AppendUint32(nil, crc&0xffffff)[1:]
}

// enarmor wraps data as a public key block, 64 characters a line.
func enarmor(data []byte) []byte {
	const kind = "PGP PUBLIC KEY BLOCK-----\n"
	var b bytes.Buffer
	b.WriteString("-----BEGIN " + kind + "\n")
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 64 {
		b.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	fmt.Fprintf(&b, "%s\n=%s\n", text, base64.StdEncoding.EncodeToString(crc24(data)))
	b.WriteString("-----END " + kind)
	return b.Bytes()
}
