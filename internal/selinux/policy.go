package selinux

import (
	"errors"
	"slices"
	"strings"
)

// Policy assigns labels to paths. It is safe for concurrent use.
type Policy struct {
	name     string
	checksum string

	specs    []*spec            // in order of increasing precedence
	literals map[string][]int32 // specs of one path, highest precedence first
	prefixes map[string][]int32 // other specs by fixed prefix, highest precedence first
	lengths  []int              // the lengths of the keys of prefixes, increasing

	subs, distSubs []substitution
}

// Files are the texts a policy is made of. Absent ones are nil.
type Files struct {
	Contexts []byte // file_contexts
	Homedirs []byte // file_contexts.homedirs
	Local    []byte // file_contexts.local
	SubsDist []byte // file_contexts.subs_dist
	Subs     []byte // file_contexts.subs
}

// Parse makes a policy from the texts of its files. The error is a
// *[SyntaxError].
func Parse(files Files) (*Policy, error) {
	p := &Policy{
		literals: make(map[string][]int32),
		prefixes: make(map[string][]int32),
		subs:     parseSubstitutions(files.Subs),
		distSubs: parseSubstitutions(files.SubsDist),
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{"file_contexts", files.Contexts}, {"file_contexts.homedirs", files.Homedirs}, {"file_contexts.local", files.Local}} {
		specs, err := parseContexts(f.name, f.text)
		if err != nil {
			return nil, err
		}
		p.specs = append(p.specs, specs...)
	}
	p.index()
	return p, nil
}

// index enters the specs in the maps, backwards: the last one comes first.
func (p *Policy) index() {
	for i, s := range slices.Backward(p.specs) {
		s.analyse()
		if s.tail == tailNone {
			p.literals[s.prefix] = append(p.literals[s.prefix], int32(i))
			continue
		}
		if p.prefixes[s.prefix] == nil {
			p.lengths = append(p.lengths, len(s.prefix))
		}
		p.prefixes[s.prefix] = append(p.prefixes[s.prefix], int32(i))
	}
	slices.Sort(p.lengths)
	p.lengths = slices.Compact(p.lengths)
}

// Name returns the SELINUXTYPE of a policy from [Load], such as "targeted".
func (p *Policy) Name() string { return p.name }

// Checksum returns the SHA-256 of the binary policy in lower-case hexadecimal,
// or nothing if there is none or the policy is not from [Load].
func (p *Policy) Checksum() string { return p.checksum }

var errEmptyPath = errors.New("selinux: empty path")

// Lookup returns the label of the file at an absolute path. Of mode only the
// file type counts; without one, entries for any type match. ok is false if the
// policy wants no label there. An error is about an expression of the policy
// that cannot be compiled or takes too long, or an empty path.
func (p *Policy) Lookup(path string, mode uint32) (label string, ok bool, err error) {
	if path == "" {
		return "", false, errEmptyPath
	}
	if path == "/proc" {
		path = "/mnt"
	}
	path = p.substitute(clean(path))
	s, err := p.find(path, mode&fileType)
	if err != nil || s == nil || s.label == noLabel {
		return "", false, err
	}
	return s.label, true, nil
}

// find returns the spec that counts, or nil.
func (p *Policy) find(path string, kind uint32) (*spec, error) {
	for _, i := range p.literals[path] {
		if s := p.specs[i]; s.applies(kind) {
			return s, nil
		}
	}
	var buffer [256]int32
	candidates := p.candidates(buffer[:0], path, kind)
	slices.Sort(candidates)
	t := text{raw: path}
	for _, i := range slices.Backward(candidates) {
		s := p.specs[i]
		if match, err := s.match(&t); match || err != nil {
			return s, err
		}
	}
	return nil, nil
}

// candidates appends the specs whose prefix path has.
func (p *Policy) candidates(list []int32, path string, kind uint32) []int32 {
	for _, n := range p.lengths {
		if n > len(path) {
			break
		}
		for _, i := range p.prefixes[path[:n]] {
			if s := p.specs[i]; s.applies(kind) && s.plausible(path) {
				list = append(list, i)
			}
		}
	}
	return list
}

// clean removes repeated slashes and one at the end.
func clean(path string) string {
	if strings.Contains(path, "//") {
		b := make([]byte, 0, len(path))
		for i := range len(path) {
			if path[i] != '/' || len(b) == 0 || b[len(b)-1] != '/' {
				b = append(b, path[i])
			}
		}
		path = string(b)
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

// substitute applies the administrator's, then the distribution's prefixes.
func (p *Policy) substitute(path string) string {
	return replacePrefix(p.distSubs, replacePrefix(p.subs, path))
}

// replacePrefix applies the last substitution that fits.
func replacePrefix(subs []substitution, path string) string {
	for _, s := range slices.Backward(subs) {
		rest, ok := strings.CutPrefix(path, s.from)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		if s.to == "/" {
			rest = strings.TrimPrefix(rest, "/")
		}
		return s.to + rest
	}
	return path
}
