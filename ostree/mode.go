package ostree

import "fmt"

// Mode is how a repository stores content objects (OSTree repository format, modes). The checksum of
// a file is the same in all of them.
type Mode uint8

// The repository modes.
const (
	ModeBare            Mode = iota // files as they are: owner, mode, xattrs; needs root
	ModeBareUser                    // content in regular files, the rest in the xattr user.ostreemeta
	ModeBareUserOnly                // canonical permissions only: no owner, no xattrs
	ModeArchive                     // compressed .filez objects, the mode to serve over HTTP
	ModeBareSplitXattrs             // like bare, with xattrs in objects of their own; read-only by default
)

var modeNames = map[Mode]string{
	ModeBare:            "bare",
	ModeBareUser:        "bare-user",
	ModeBareUserOnly:    "bare-user-only",
	ModeArchive:         "archive-z2",
	ModeBareSplitXattrs: "bare-split-xattrs",
}

// String returns the text that the repository's config holds; "archive-z2" for [ModeArchive].
func (m Mode) String() string {
	if s, ok := modeNames[m]; ok {
		return s
	}
	return fmt.Sprintf("mode-%d", uint8(m))
}

// ParseMode reads the value of core.mode; "archive" and "archive-z2" mean the same.
func ParseMode(s string) (Mode, error) {
	if s == "archive" {
		return ModeArchive, nil
	}
	for m, n := range modeNames {
		if n == s {
			return m, nil
		}
	}
	return 0, fmt.Errorf("Invalid mode '%s' in repository configuration", s)
}

// IsBare tells whether regular files are stored uncompressed.
func (m Mode) IsBare() bool { return m != ModeArchive }

// MarshalText implements [encoding.TextMarshaler].
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
