package driver_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/stretchr/testify/require"
)

func TestImageReference(t *testing.T) {
	for _, c := range []struct {
		text, printed string
		want          driver.ImageReference
	}{
		{"ostree-image-signed:docker://quay.io/a/b:c", "", driver.ImageReference{Verification: driver.PolicySigned, Transport: "registry", Name: "quay.io/a/b:c"}},
		{"ostree-image-signed:registry:quay.io/a/b:c", "ostree-image-signed:docker://quay.io/a/b:c", driver.ImageReference{Verification: driver.PolicySigned, Transport: "registry", Name: "quay.io/a/b:c"}},
		{"ostree-unverified-registry:quay.io/a/b:c", "", driver.ImageReference{Transport: "registry", Name: "quay.io/a/b:c"}},
		{"ostree-unverified-image:docker://quay.io/a/b:c", "ostree-unverified-registry:quay.io/a/b:c", driver.ImageReference{Transport: "registry", Name: "quay.io/a/b:c"}},
		{"ostree-unverified-image:oci:/x:y", "", driver.ImageReference{Transport: "oci", Name: "/x:y"}},
		{"ostree-remote-registry:fedora:quay.io/a/b:c", "ostree-remote-image:fedora:docker://quay.io/a/b:c", driver.ImageReference{Verification: driver.RemoteSigned, Remote: "fedora", Transport: "registry", Name: "quay.io/a/b:c"}},
		{"ostree-remote-image:fedora:oci-archive:/x", "", driver.ImageReference{Verification: driver.RemoteSigned, Remote: "fedora", Transport: "oci-archive", Name: "/x"}},
		{"ostree-image-signed:docker-archive:/x", "", driver.ImageReference{Verification: driver.PolicySigned, Transport: "docker-archive", Name: "/x"}},
		{"ostree-image-signed:containers-storage:x", "", driver.ImageReference{Verification: driver.PolicySigned, Transport: "containers-storage", Name: "x"}},
		{"ostree-image-signed:dir:/x", "", driver.ImageReference{Verification: driver.PolicySigned, Transport: "dir", Name: "/x"}},
	} {
		got, err := driver.ParseImageReference(c.text)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got)
		if c.printed == "" {
			c.printed = c.text
		}
		require.Equal(t, c.printed, got.String())
	}
	for text, message := range map[string]string{
		"":                                    "Missing ':' in ",
		"ostree-image-signed":                 "Missing ':' in ostree-image-signed",
		"ostree-image-signed:quay.io/a":       "Missing ':' in quay.io/a",
		"ostree-image-signed:quay.io/a:b":     "Unknown transport 'quay.io/a'",
		"ostree-image-signed:docker:a":        "Missing // in docker:// in docker:a",
		"ostree-image-signed:docker://":       "Invalid empty name in docker://",
		"ostree-unverified-registry:":         "Invalid empty name in registry:",
		"ostree-remote-image:quay.io/x":       "Missing second ':' in ostree-remote-image:quay.io/x",
		"docker://quay.io/a:b":                "Invalid ostree image reference scheme: docker",
		"fedora:fedora/x86_64/coreos/stable":  "Invalid ostree image reference scheme: fedora",
		"ostree-image-signed:docker:///a//b:": "",
	} {
		_, err := driver.ParseImageReference(text)
		if message != "" {
			require.EqualError(t, err, message)
		}
	}
}

// TestStageImage is the table of the manual: what hosts are, and what becomes of them.
func TestStageImage(t *testing.T) {
	for _, c := range []struct{ ref, target, want string }{
		{"ostree-image-signed:docker://quay.io/acme/os:stable", "quay.io/acme/os", ""},
		{"ostree-image-signed:docker://quay.io/acme/os:40.1", "quay.io/acme/os", "ostree-image-signed:docker://quay.io/acme/os:stable"},
		{"ostree-unverified-registry:quay.io/acme/os:40.1", "quay.io/acme/os", "ostree-unverified-registry:quay.io/acme/os:stable"},
		{"ostree-remote-registry:fedora:quay.io/acme/os:40.1", "quay.io/acme/os", "ostree-remote-image:fedora:docker://quay.io/acme/os:stable"},
		{"ostree-image-signed:docker://quay.io/acme/os:stable", "reg:5000/new/os", "ostree-image-signed:docker://reg:5000/new/os:stable"},
		{"ostree-image-signed:docker://acme/os:stable", "docker.io/acme/os", ""},
		{"ostree-image-signed:docker://index.docker.io/acme/os:stable", "docker.io/acme/os", ""},
		{"ostree-image-signed:docker://quay.io/acme/os@sha256:" + sum("aa"), "quay.io/acme/os", "ostree-image-signed:docker://quay.io/acme/os:stable"},
		{"ostree-image-signed:docker://quay.io/acme/os:stable@sha256:" + sum("aa"), "quay.io/acme/os", "ostree-image-signed:docker://quay.io/acme/os:stable"},
	} {
		ref, err := driver.ParseImageReference(c.ref)
		require.NoError(t, err)
		got, rebase, digest, err := driver.StageImage(driver.Deployment{ImageReference: &ref, Stream: "stable"},
			cincinnati.Payload{Scheme: cincinnati.OCI, Text: c.target + "@sha256:" + sum("bb")})
		require.NoError(t, err)
		require.Equal(t, "sha256:"+sum("bb"), digest)
		require.Equal(t, c.want != "", rebase, c.ref)
		if rebase {
			require.Equal(t, c.want, got.String())
		}
	}
}

// FuzzImageReference compares with the reader of the same references for the programs that pull them, which in addition
// wants remotes to have a name.
func FuzzImageReference(f *testing.F) {
	for _, s := range []string{
		"ostree-image-signed:docker://quay.io/a/b:c", "ostree-unverified-registry:a@sha256:" + strings.Repeat("a", 64),
		"ostree-remote-registry:r:a", "ostree-remote-image:r:oci:/x", "ostree-unverified-image:dir:/", "::::",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := driver.ParseImageReference(s)
		other, otherErr := container.ParseReference(s)
		if err == nil && got.Verification == driver.RemoteSigned && got.Remote == "" {
			return
		}
		require.Equal(t, otherErr == nil, err == nil, "%v / %v", err, otherErr)
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return
		}
		require.Equal(t, other.String(), got.String())
		again, err := driver.ParseImageReference(got.String())
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

// FuzzStatus looks for answers that contradict each other.
func FuzzStatus(f *testing.F) {
	f.Add(status(booted("01", "40.1"), deployment("02", "40.2", `,"staged":true`)))
	f.Add(status(deployment("01", "40.1", `,"container-image-reference":"ostree-image-signed:docker://a/b:c","container-image-reference-digest":"sha256:x"`)))
	f.Add([]byte(`{"deployments":[{"booted":true,"booted":false,"staged":1}]}`))
	f.Add([]byte(`{"deployments":[{}],"deployments":null}`))
	f.Add([]byte(imageConfig("x")))
	doc := quoted(manifest("m"))
	f.Add([]byte(`{"deployments":[{"booted":true,"checksum":"c","version":"v","base-commit-meta":{"ostree.manifest":"` + doc + `"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := driver.ParseStatus(data)
		if err != nil {
			return
		}
		b, err := s.Booted()
		if err == nil {
			require.NotEmpty(t, b.Version)
			require.NotEmpty(t, b.Payload.Text)
			require.True(t, b.Booted)
			require.Equal(t, b.StreamErr == nil, b.Stream != "")
		}
		all, _, err := s.Deployments(false)
		if err != nil {
			return
		}
		some, _, err := s.Deployments(true)
		require.NoError(t, err)
		staged, err := s.Staged()
		require.NoError(t, err)
		require.LessOrEqual(t, len(some), len(all))
		if staged == nil {
			require.Equal(t, all, some)
		}
		for i := 1; i < len(all); i++ {
			require.True(t, all[i-1].Version < all[i].Version || all[i-1].Version == all[i].Version && all[i-1].Payload.Text < all[i].Payload.Text)
		}
	})
}
