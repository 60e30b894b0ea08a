package fetch_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

func TestFileURL(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a b%.txt")
	require.NoError(t, os.WriteFile(path, []byte("content"), 0o644))
	mod := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chtimes(path, mod, mod))
	c := newClient(t, nil)
	u := (&url.URL{Scheme: "file", Path: path}).String()

	data, resp, err := c.GetBytes(t.Context(), fetch.Request{URL: u, Digest: digest.FromString("content"), ExpectedSize: 7})
	require.NoError(t, err)
	require.Equal(t, "content", string(data))
	require.True(t, mod.Equal(resp.LastModified))
	data, _, err = c.GetBytes(t.Context(), fetch.Request{URL: "a b%25.txt", Mirrors: []string{"file://localhost" + dir}})
	require.NoError(t, err)
	require.Equal(t, "content", string(data))
	_, resp, err = c.GetBytes(t.Context(), fetch.Request{URL: u, IfModifiedSince: mod})
	require.NoError(t, err)
	require.True(t, resp.NotModified)

	_, _, err = c.GetBytes(t.Context(), fetch.Request{URL: u, MaxSize: 6})
	require.ErrorIs(t, err, fetch.ErrTooLarge)
	_, err = getBytes(t, c, "file://"+dir+"/nope")
	require.EqualError(t, err, "While fetching file://"+dir+"/nope: [37] Couldn't read a file:// file")
	require.ErrorIs(t, err, fetch.ErrNotFound)
	for _, bad := range []string{"file://" + dir, "file://otherhost/x", "file:relative", "file:///a%00b"} {
		_, err = getBytes(t, c, bad)
		require.Equal(t, fetch.CurlFile, curlCode(t, err), bad)
		require.NotErrorIs(t, err, fetch.ErrNotFound)
	}
	_, err = c.Get(t.Context(), fetch.Request{URL: u, Method: http.MethodPost})
	require.ErrorIs(t, err, fetch.ErrNotSupported)
}

func TestDataURL(t *testing.T) {
	for in, want := range map[string][2]string{
		"data:,A%20brief%20note":            {fetch.DefaultMediaType, "A brief note"},
		"data:,":                            {fetch.DefaultMediaType, ""},
		"data:text/html;charset=utf-8,<b>":  {"text/html;charset=utf-8", "<b>"},
		"data:;charset=utf-8,x+y,z":         {"text/plain;charset=utf-8", "x+y,z"},
		"data:;base64,aGk=":                 {fetch.DefaultMediaType, "hi"},
		"data:a/b;base64,aGk":               {"a/b", "hi"},
		"data:a/b;base64,aGk%3D":            {"a/b", "hi"},
		"DATA:;BASE64,-_8=":                 {fetch.DefaultMediaType, "\xfb\xff"},
		"data:text/plain,http://u:p@h/%2F#": {"text/plain", "http://u:p@h//#"},
	} {
		mediaType, data, err := fetch.ParseDataURL(in)
		require.NoError(t, err, in)
		require.Equal(t, want, [2]string{mediaType, data}, in)
		got, resp, err := newClient(t, nil).GetBytes(t.Context(), fetch.Request{URL: in})
		require.NoError(t, err, in)
		require.Equal(t, want[1], string(got))
		require.Equal(t, want[0], resp.Header.Get("Content-Type"))
	}
	for _, bad := range []string{"", "data", "data:", "data:;base64,a", "data:;base64,=", "data:;base64,aGk==", "data:,%zz", "http://h/,"} {
		_, _, err := fetch.ParseDataURL(bad)
		require.Error(t, err, bad)
	}
	_, err := getBytes(t, newClient(t, nil), "data:;base64,"+strings.Repeat("?", 1000))
	require.Less(t, len(err.Error()), 200)
	_, _, err = newClient(t, nil).GetBytes(t.Context(), fetch.Request{URL: "data:,12345", MaxSize: 4})
	require.ErrorIs(t, err, fetch.ErrTooLarge)
	require.Equal(t, "URI data:,12345 exceeded maximum size of 4 bytes", err.Error())
}

func FuzzParseDataURL(f *testing.F) {
	for _, s := range []string{"data:,x", "data:a/b;base64,aGk=", "data:;charset=x;base64,-_8", "data:,%41%", "data:;base64,aG==k"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		mediaType, data, err := fetch.ParseDataURL(s)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(data), len(s))
		require.NotContains(t, mediaType, ",")
		again := "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString([]byte(data))
		mediaType2, data2, err := fetch.ParseDataURL(again)
		require.NoError(t, err)
		require.Equal(t, mediaType, mediaType2)
		require.Equal(t, data, data2)
	})
}

func TestRedactURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://u:p@h/x?y":     "http://u@h/x?<redacted>",
		"http://token@h/x":     "http://redacted@h/x",
		"http://h/x?a=b&sig=s": "http://h/x?a=<redacted>&sig=<redacted>",
		"http://h/x?repo=f&a=": "http://h/x?repo=f&a=",
		"http://h/%zz?a=b#c=d": "http://h/%zz?a=<redacted>#c=d",
		"http://token@h:x/?a":  "http://redacted@h:x/?<redacted>",
		"http://h/":            "http://h/",
		"http://u:p%zz@h/":     "http://u@h/",
		"http://u:a@b@h:x/?@":  "http://u@h:x/?<redacted>",
		"\x00x":                `\x00x`,
		"http://h/\u202e%zz\n": `http://h/\u202e%zz\n`,
	} {
		require.Equal(t, want, fetch.RedactURL(in), in)
	}
	long := fetch.RedactURL("http://h/" + strings.Repeat("é", 5000))
	require.Less(t, len(long), 4096)
	require.True(t, strings.HasSuffix(long, "…"))
}

func TestGetToFileFromLocal(t *testing.T) {
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	want := bytes.Repeat([]byte("0123456789"), 1000)
	require.NoError(t, os.WriteFile(src, want, 0o644))
	f, err := os.Create(dst)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Write(want[:777])
	require.NoError(t, err)
	c := newClient(t, nil)
	req := fetch.Request{URL: "file://" + src, Digest: digest.FromBytes(want)}
	res, err := c.GetToFile(t.Context(), req, f, &fetch.FileResult{Size: 777})
	require.NoError(t, err)
	require.EqualValues(t, len(want)-777, res.Transferred)
	require.True(t, res.Complete)
	got, err := os.ReadFile(dst)
	require.NoError(t, err)
	require.Equal(t, want, got)
	res, err = c.GetToFile(t.Context(), req, f, res)
	require.NoError(t, err, "whole already")
	require.True(t, res.Complete)
	res, err = c.GetToFile(t.Context(), fetch.Request{URL: "data:,abc"}, f, &fetch.FileResult{Size: 2, ETag: `"x"`})
	require.NoError(t, err)
	require.EqualValues(t, 3, res.Size)
	_, err = f.Seek(0, io.SeekStart)
	require.NoError(t, err)
	got, err = io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "abc", string(got))
}
