package container_test

import (
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
)

func TestParseReference(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"ostree-unverified-registry:quay.io/a/b:tag", "ostree-unverified-registry:quay.io/a/b:tag"},
		{"ostree-unverified-image:docker://quay.io/a/b", "ostree-unverified-registry:quay.io/a/b"},
		{"ostree-unverified-image:registry:quay.io/a/b", "ostree-unverified-registry:quay.io/a/b"},
		{"ostree-unverified-image:oci:/path:tag", "ostree-unverified-image:oci:/path:tag"},
		{"ostree-image-signed:docker://quay.io/a/b", "ostree-image-signed:docker://quay.io/a/b"},
		{"ostree-image-signed:registry:quay.io/a/b", "ostree-image-signed:docker://quay.io/a/b"},
		{"ostree-remote-registry:fedora:quay.io/a/b", "ostree-remote-image:fedora:docker://quay.io/a/b"},
		{"ostree-remote-image:fedora:docker://quay.io/a/b", "ostree-remote-image:fedora:docker://quay.io/a/b"},
		{"ostree-remote-image:fedora:containers-storage:localhost/x:y", "ostree-remote-image:fedora:containers-storage:localhost/x:y"},
		{"ostree-unverified-image:dir:/some/dir", "ostree-unverified-image:dir:/some/dir"},
		{"ostree-unverified-image:docker-archive:/a.tar", "ostree-unverified-image:docker-archive:/a.tar"},
		{"ostree-unverified-image:oci-archive:/a.tar", "ostree-unverified-image:oci-archive:/a.tar"},
	} {
		r, err := container.ParseReference(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := r.String(); got != c.out {
			t.Errorf("%s displays as %s, want %s", c.in, got, c.out)
		}
		if again, err := container.ParseReference(r.String()); err != nil || again != r {
			t.Errorf("%s does not survive: %+v, %v", c.in, again, err)
		}
	}
}

func TestParseReferenceErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "Missing ':' in "},
		{"foo", "Missing ':' in foo"},
		{"foo:bar", "Invalid ostree image reference scheme: foo"},
		{"ostree-remote-image:x", "Missing second ':' in ostree-remote-image:x"},
		{"ostree-remote-registry:x", "Missing second ':' in ostree-remote-registry:x"},
		{"ostree-unverified-image:x", "Missing ':' in x"},
		{"ostree-unverified-image:x:y", "Unknown transport 'x'"},
		{"ostree-unverified-image:registry:", "Invalid empty name in registry:"},
		{"ostree-unverified-registry:", "Invalid empty name in registry:"},
		{"ostree-unverified-image:docker:blah", "Missing // in docker:// in docker:blah"},
	} {
		if _, err := container.ParseReference(c.in); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.in, err, c.want)
		}
	}
}

func FuzzReference(f *testing.F) {
	f.Add("ostree-unverified-registry:quay.io/a/b:tag")
	f.Add("ostree-remote-image:r:oci:/p:t")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := container.ParseReference(s)
		if err != nil {
			return
		}
		again, err := container.ParseReference(r.String())
		if err != nil || again != r {
			t.Fatalf("%q: %q does not parse to the same: %+v, %v", s, r, again, err)
		}
	})
}

func TestEscapeRef(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"sha256:2c26b46b", "sha256_3A_2c26b46b"},
		{"docker://quay.io/a/b:tag", "docker_3A__2F__2F_quay_2E_io/a/b_3A_tag"},
		{"foo", "foo"}, {"a_b", "a__b"}, {"foo/", "foo_2F_"}, {"/foo", "_2F_foo"}, {"a//b", "a/_2F_b"},
		{"a-b", "a-b"}, {"ü", "_C3__BC_"}, {"-/x", "-_2F_x"},
	} {
		got, err := container.EscapeRef(c.in)
		if err != nil || got != c.out {
			t.Errorf("EscapeRef(%q) = %q, %v, want %q", c.in, got, err, c.out)
		}
		if back, err := container.UnescapeRef(c.out); err != nil || back != c.in {
			t.Errorf("UnescapeRef(%q) = %q, %v", c.out, back, err)
		}
	}
	for _, bad := range []string{"", "_", "_3", "_3A", "_zz_", "a:b", "_41_", "_3a_"} {
		if s, err := container.UnescapeRef(bad); err == nil {
			t.Errorf("UnescapeRef(%q) = %q", bad, s)
		}
	}
}

func FuzzUnescapeRef(f *testing.F) {
	f.Add("docker://quay.io/a/b:tag")
	f.Add("_/..//")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := container.EscapeRef(s)
		if err != nil {
			return
		}
		if back, err := container.UnescapeRef(e); err != nil || back != s {
			t.Fatalf("%q -> %q -> %q, %v", s, e, back, err)
		}
		if ref, err := container.LayerRef(s); err == nil && ostree.ValidateRefName(ref) != nil {
			t.Fatalf("%q -> %q is no ref", s, ref)
		}
		if u, err := container.UnescapeRef(s); err == nil {
			if e, err := container.EscapeRef(u); err != nil || e != s {
				t.Fatalf("%q unescapes to %q, which escapes to %q, %v", s, u, e, err)
			}
		}
	})
}
