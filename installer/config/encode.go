package config

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Encode returns the config as a file: YAML with the keys in canonical order and without
// those that have their default; "{}" for an empty config. The bytes are those that the
// reference implementation writes. Text that is not UTF-8 is an error.
func (c *Config) Encode() ([]byte, error) {
	var b bytes.Buffer
	for _, f := range c.fields() {
		if c.isDefault(&f) {
			continue
		}
		for _, text := range f.texts() {
			if !utf8.ValidString(text) {
				return nil, fmt.Errorf("%s: %q is not UTF-8", f.key, text)
			}
		}
		f.write(&b)
	}
	if b.Len() == 0 {
		return []byte("{}\n"), nil
	}
	return b.Bytes(), nil
}

// texts returns the texts of an option.
func (f *field) texts() []string {
	switch {
	case f.text != nil:
		return []string{*f.text}
	case f.list != nil:
		return *f.list
	}
	return nil
}

func (f *field) write(b *bytes.Buffer) {
	b.WriteString(f.key + ":")
	switch {
	case f.text != nil:
		b.WriteByte(' ')
		writeScalar(b, *f.text)
	case f.list != nil:
		b.WriteByte('\n')
		for _, text := range *f.list {
			b.WriteString("- ")
			writeScalar(b, text)
		}
	case f.flag != nil:
		b.WriteString(" true\n")
	default:
		b.WriteString(" " + f.retries.String() + "\n")
	}
}
