package composefs

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Dump writes the tree in the text format composefs-dump(5): one line for each
// file, parents first, with these fields separated by spaces
//
//	path size mode nlink uid gid rdev mtime payload content digest xattr=value…
//
// and "-" for what is not there. mkcomposefs --from-file reads it, and
// [ParseDump]. The number of links is computed; the size of a directory is
// Node.Size. Children are written in the order in which the tree has them.
func Dump(w io.Writer, root *Node) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	var b []byte
	for path, n := range root.All() {
		b = n.appendLine(b[:0], path)
		if _, err := bw.Write(b); err != nil {
			return fmt.Errorf("writing composefs dump: %w", err)
		}
	}
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("writing composefs dump: %w", err)
	}
	return nil
}

func (n *Node) appendLine(b []byte, path string) []byte {
	nlink, size := 1, n.size()
	if n.IsDir() {
		nlink, size = 2, n.Size
		for _, c := range n.Children {
			if c.IsDir() {
				nlink++
			}
		}
	}
	payload := n.Target
	if n.IsRegular() {
		payload = n.Payload
	}
	b = appendEscaped(b, path, false)
	b = fmt.Appendf(b, " %d %o %d %d %d %d %d.%d ", size, n.Mode, nlink, n.UID, n.GID, n.Rdev, n.MtimeSec, n.MtimeNsec)
	b = append(appendOptional(b, payload), ' ')
	b = append(appendOptional(b, string(n.Content)), ' ')
	if n.Digest == nil {
		b = append(b, '-')
	} else {
		b = hex.AppendEncode(b, n.Digest[:])
	}
	for _, x := range n.Xattrs {
		b = append(b, ' ')
		b = append(appendEscaped(b, x.Name, true), '=')
		b = appendEscaped(b, string(x.Value), true)
	}
	return append(b, '\n')
}

func appendOptional(b []byte, s string) []byte {
	switch s {
	case "":
		return append(b, '-')
	case "-":
		return append(b, `\x2d`...)
	}
	return appendEscaped(b, s, false)
}

func appendEscaped(b []byte, s string, equals bool) []byte {
	const hexDigits = "0123456789abcdef"
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\\':
			b = append(b, `\\`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c <= ' ' || c > '~' || equals && c == '=':
			b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

// maxLine bounds a line of a dump: the attributes an inode can have, escaped.
const maxLine = 4*(maxIcount*4+MaxPath*2+MaxContent) + 4096

// ParseDump reads a tree in the text format composefs-dump(5), which [Dump]
// describes. The first line must be the root's, and each directory must come
// before what is in it. Numbers of links are ignored, hard links (a mode with
// "@") are not supported. Errors about the text wrap [ErrInvalid] and name the
// line; that the tree can be written is left to [Write].
func ParseDump(r io.Reader) (*Node, error) {
	p := &dumpParser{dirs: map[string]*Node{}}
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxLine)
	scanner.Split(splitLines)
	for line := 1; scanner.Scan(); line++ {
		if err := p.line(scanner.Text()); err != nil {
			return nil, fmt.Errorf("composefs: %w dump: line %d: %w", ErrInvalid, line, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("reading composefs dump: %w", err)
	}
	if p.root == nil {
		return nil, fmt.Errorf("composefs: %w dump: it is empty", ErrInvalid)
	}
	return p.root, nil
}

// splitLines is bufio.ScanLines that keeps carriage returns.
func splitLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

type dumpParser struct {
	root *Node
	dirs map[string]*Node // by path without slash at the end
}

const dumpFields = 11

func (p *dumpParser) line(text string) error {
	fields := strings.SplitN(text, " ", dumpFields+1)
	if len(fields) < dumpFields {
		return fmt.Errorf("%d fields, want %d", len(fields), dumpFields)
	}
	n, err := parseFields(fields)
	if err != nil {
		return err
	}
	if len(fields) > dumpFields {
		if err := n.parseXattrs(fields[dumpFields]); err != nil {
			return err
		}
	}
	path, err := unescape(fields[0])
	if err != nil {
		return err
	}
	return p.add(path, n)
}

// add puts n where it belongs.
func (p *dumpParser) add(path string, n *Node) error {
	if path == "/" {
		if p.root != nil {
			return fmt.Errorf("the root is there twice")
		}
		p.root, p.dirs[""] = n, n
		return nil
	}
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return fmt.Errorf("path %.300q is not absolute", path)
	}
	parent := p.dirs[path[:slash]]
	if parent == nil {
		return fmt.Errorf("directory %.300q is not there before", path[:slash])
	}
	if n.Name = path[slash+1:]; n.Name == "" {
		return fmt.Errorf("path %.300q ends in a slash", path)
	}
	parent.Children = append(parent.Children, n)
	if n.IsDir() {
		if p.dirs[path] != nil {
			return fmt.Errorf("directory %.300q is there twice", path)
		}
		p.dirs[path] = n
	}
	return nil
}

// parseFields parses the fixed fields but the path.
func parseFields(f []string) (*Node, error) {
	if strings.HasPrefix(f[2], "@") {
		return nil, fmt.Errorf("hard links are not supported")
	}
	n := &Node{}
	var err error
	number := func(s string, base, bitSize int) (v uint64) {
		if err == nil {
			v, err = strconv.ParseUint(s, base, bitSize)
		}
		return v
	}
	n.Size = number(f[1], 10, 64)
	n.Mode = uint32(number(f[2], 8, 32))
	number(f[3], 10, 32)
	n.UID = uint32(number(f[4], 10, 32))
	n.GID = uint32(number(f[5], 10, 32))
	n.Rdev = uint32(number(f[6], 10, 32))
	sec, nsec, ok := strings.Cut(f[7], ".")
	if !ok {
		return nil, fmt.Errorf("modification time %.80q", f[7])
	}
	n.MtimeNsec = uint32(number(nsec, 10, 32))
	if err == nil {
		n.MtimeSec, err = strconv.ParseInt(sec, 10, 64)
	}
	if err != nil {
		return nil, err
	}
	return n, n.parseOptional(f[8], f[9], f[10])
}

func (n *Node) parseOptional(payload, content, digest string) (err error) {
	if payload != "-" {
		if payload, err = unescape(payload); err != nil {
			return err
		}
		if n.IsSymlink() {
			n.Target = payload
		} else if n.IsRegular() {
			n.Payload = payload
		}
	}
	if !n.IsRegular() && !n.IsDir() {
		n.Size = 0
	}
	if content != "-" && n.IsRegular() {
		if content, err = unescape(content); err != nil {
			return err
		}
		if n.Content = []byte(content); uint64(len(content)) != n.Size {
			return fmt.Errorf("content of %d bytes, the size is %d", len(content), n.Size)
		}
	}
	if digest == "-" {
		return nil
	}
	b, err := hex.DecodeString(digest)
	if err != nil || len(b) != 32 {
		return fmt.Errorf("digest %.100q", digest)
	}
	n.Digest = (*[32]byte)(b)
	return nil
}

func (n *Node) parseXattrs(text string) error {
	for field := range strings.SplitSeq(text, " ") {
		if field == "" {
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return fmt.Errorf("xattr %.80q without a value", field)
		}
		name, err := unescape(name)
		if err != nil {
			return err
		}
		value, err = unescape(value)
		if err != nil {
			return err
		}
		n.Xattrs = append(n.Xattrs, Xattr{name, []byte(value)})
	}
	return nil
}

// unescape is the opposite of appendEscaped.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		c, length, ok := unescapeOne(s[i:])
		if !ok {
			return "", fmt.Errorf("escape %.4q", s[i:])
		}
		b = append(b, c)
		i += length - 1
	}
	return string(b), nil
}

// unescapeOne decodes the escape at the start of s.
func unescapeOne(s string) (c byte, length int, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	switch s[1] {
	case '\\':
		return '\\', 2, true
	case 'n':
		return '\n', 2, true
	case 'r':
		return '\r', 2, true
	case 't':
		return '\t', 2, true
	case 'x':
		if len(s) < 4 {
			return 0, 0, false
		}
		v, err := strconv.ParseUint(s[2:4], 16, 8)
		return byte(v), 4, err == nil
	}
	return 0, 0, false
}
