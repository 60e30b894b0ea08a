package afterburn

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// gcpCloud is a service with the given documents.
func gcpCloud(t *testing.T, documents map[string]string) *fakecloud.Cloud {
	t.Helper()
	c := empty(t, "gcp")
	for name, text := range documents {
		c.Set("/computeMetadata/v1/"+name, text)
	}
	return c
}

func TestGCPKeysOfInstanceAndProject(t *testing.T) {
	const i, p = "instance/attributes", "project/attributes"
	old, current := "a:"+keyA+" old\n", "b:"+keyB+" new"
	for name, test := range map[string]struct {
		have map[string]string
		want string
	}{
		"none":               {nil, ""},
		"all":                {map[string]string{i + "/ssh-keys": current, p + "/sshKeys": old, p + "/ssh-keys": current}, keyB + " new\n" + keyA + " old\n" + keyB + " new\n"},
		"outdated":           {map[string]string{i + "/sshKeys": old, i + "/ssh-keys": current, p + "/ssh-keys": current}, keyA + " old\n"},
		"outdated and empty": {map[string]string{i + "/sshKeys": "\n", i + "/ssh-keys": current}, keyB + " new\n"},
		"blocked":            {map[string]string{i + "/ssh-keys": current, i + "/block-project-ssh-keys": "true", p + "/ssh-keys": old}, keyB + " new\n"},
		"not blocked":        {map[string]string{i + "/block-project-ssh-keys": "true\n", p + "/ssh-keys": old}, keyA + " old\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := cloud(t, gcpCloud(t, test.have))
			require.Equal(t, test.want, keysOf(t, p))
		})
	}
	for text, want := range map[string]string{
		"nobody": "character ':' not found in line in key data", "a:bad": "invalid key format", "a:" + keyA + "\n \n": "character ':' not found in line in key data",
	} {
		p, _ := cloud(t, gcpCloud(t, map[string]string{i + "/ssh-keys": text}))
		_, err := p.(KeySource).SSHKeys(t.Context())
		require.EqualError(t, err, want)
	}
}

// TestGCPProjectIsNotAsked if its keys do not count, and what is not needed is not waited for.
func TestGCPProjectIsNotAsked(t *testing.T) {
	c := gcpCloud(t, map[string]string{"instance/attributes/sshKeys": "a:" + keyA})
	c.Inject("GET /computeMetadata/v1/instance/attributes/ssh-keys", 0, fakecloud.Hang())
	p, _ := cloud(t, c)
	begin := time.Now()
	require.Equal(t, keyA+" \n", keysOf(t, p))
	require.Less(t, time.Since(begin), time.Minute)
	c.ClearFaults()
	require.False(t, slices.ContainsFunc(c.Requests(), func(r fakecloud.Request) bool {
		return strings.Contains(r.Path, "/project/")
	}))
}

func TestGCPKeysExpire(t *testing.T) {
	const comment = ` google-ssh {"userName":"a@example.org","expireOn":"`
	text := "a:" + keyA + comment + "2026-01-01T00:00:00+0000\"}\n" +
		"b:" + keyB + comment + "2026-01-01T01:00:01+0000\"}\n" +
		"c:" + keyB + " google-ssh {\"expireOn\":\"soon\"}\n" +
		"d:" + keyB + " google-ssh {\"expireOn\"\n" +
		"e:" + keyB + " someone {\"expireOn\":\"2001-01-01T00:00:00+0000\"}\n"
	opt, log := cloudOptions(t, gcpCloud(t, map[string]string{"instance/attributes/ssh-keys": text}))
	e, err := opt.env()
	require.NoError(t, err)
	defer e.Close()
	e.now = func() time.Time { return time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC) }
	p, err := newGCP(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, keyB+comment+"2026-01-01T01:00:01+0000\"}\n"+
		keyB+" google-ssh {\"expireOn\":\"soon\"}\n"+keyB+" google-ssh {\"expireOn\"\n"+
		keyB+" someone {\"expireOn\":\"2001-01-01T00:00:00+0000\"}\n", keysOf(t, p))
	require.Contains(t, log.String(), "level=INFO msg=\"ignoring an ssh key that expired on 2026-01-01T00:00:00Z\"")
}

func TestGCPExpiry(t *testing.T) {
	want := time.Date(2026, 12, 4, 20, 12, 0, 0, time.UTC)
	for _, at := range []string{"2026-12-04T20:12:00+0000", "2026-12-04T20:12:00Z", "2026-12-04T22:12:00+02:00", "2026-12-04T20:12:00.000+0000"} {
		got, ok := gcpExpiry(`google-ssh {"expireOn":"` + at + `"}`)
		require.True(t, ok, at)
		require.True(t, want.Equal(got), at)
	}
	for _, comment := range []string{"", "google-ssh", "google-ssh {}", `google-ssh {"expireOn":5}`, `google-ssh x {"expireOn":"2026-12-04T20:12:00Z"}`} {
		_, ok := gcpExpiry(comment)
		require.False(t, ok, comment)
	}
}
