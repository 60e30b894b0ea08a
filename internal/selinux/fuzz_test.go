package selinux

import (
	"slices"
	"testing"
)

// naive does what find does, by trying everything in order of precedence.
func naive(p *Policy, path string, kind uint32) (*spec, error) {
	for _, s := range slices.Backward(p.specs) {
		if exact, ok := literal(s.pattern); ok && exact == path && s.applies(kind) {
			return s, nil
		}
	}
	for _, s := range slices.Backward(p.specs) {
		if _, ok := literal(s.pattern); ok || !s.applies(kind) {
			continue
		}
		e, err := compile(s.pattern)
		if err != nil {
			return nil, err
		}
		if ok, err := e.match((&text{raw: path}).latin1()); ok || err != nil {
			return s, err
		}
	}
	return nil, nil
}

func FuzzLookup(f *testing.F) {
	seeds := []string{
		"/usr(/.*)? a\n/usr/bin/[^/]* -- b\n/usr/.*\\.so -l c\n", "/a?b a\n/ab+ b\n/a\\.b c\n/a.b <<none>>\n",
		"/x{2,3}/(a|b)/[^/]+ l", "/a|/b x\n/(?i)C y\n(?=/)/(.)\\1 z\n", "/\\d\\Q.*\\E a\n/[^/\n] b", "/é a", "/a -- x\n/a -d y\n/a z\n",
	}
	for _, s := range seeds {
		for _, path := range []string{"/usr/bin/x.so", "/a.b", "/xx/a/é\xff", "//a//"} {
			f.Add([]byte(s), []byte("/a /usr\n/usr/bin /\n"), path, uint32(0o100644))
		}
	}
	f.Fuzz(func(t *testing.T, contexts, subs []byte, path string, mode uint32) {
		if len(contexts) > 1<<12 || len(path) > 1<<10 {
			return
		}
		p, err := Parse(Files{Contexts: contexts, Subs: subs, SubsDist: subs})
		if err != nil || path == "" {
			return
		}
		if label, ok, err := p.Lookup(path, mode); ok != (label != "") || ok && err != nil {
			t.Fatalf("Lookup(%q): %q, %v, %v", path, label, ok, err)
		}
		want, wantErr := naive(p, path, mode&fileType)
		got, err := p.find(path, mode&fileType)
		if wantErr != nil {
			return // the index may have seen that the bad expression cannot match
		}
		if err != nil || got != want {
			t.Fatalf("%q %o in %q: %+v, %v, want %+v", path, mode, contexts, got, err, want)
		}
	})
}
