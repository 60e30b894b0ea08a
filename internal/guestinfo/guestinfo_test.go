package guestinfo

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func pack(t testing.TB, s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(s))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestDecode(t *testing.T) {
	const plain = `{"ignition":{"version":"3.0.0"}}`
	b64 := base64.StdEncoding.EncodeToString([]byte(plain))
	gz := pack(t, plain)
	both := base64.StdEncoding.EncodeToString([]byte(gz))
	for encoding, data := range map[string]string{
		"": plain, "b64": b64, "base64": b64, "gz": gz, "gzip": gz,
		"gz+b64": both, "gz+base64": both, "gzip+b64": both, "gzip+base64": both[:20] + "\r\n" + both[20:],
	} {
		got, err := Decode(data, encoding, len(plain))
		require.NoError(t, err, encoding)
		require.Equal(t, plain, string(got), encoding)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ data, encoding, want string }{
		"unknown":         {"x", "zstd", `unsupported encoding "zstd"`},
		"case":            {"x", "GZ", `unsupported encoding "GZ"`},
		"order":           {"x", "b64+gz", `unsupported encoding "b64+gz"`},
		"base64":          {"!", "b64", "unable to decode base64: illegal base64 data at input byte 0"},
		"gzip":            {"not gzip at all", "gz", "gzip: invalid header"},
		"gzip in base64":  {"bm90IGd6aXAgYXQgYWxs", "gz+b64", "gzip: invalid header"},
		"gzip is cut off": {pack(t, "12345678")[:20], "gz", "unexpected EOF"},
		"bomb":            {pack(t, strings.Repeat("\x00", 1<<20)), "gz", "decompressed data are too large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(c.data, c.encoding, 1<<10)
			require.EqualError(t, err, c.want)
		})
	}
}

func TestVariables(t *testing.T) {
	var sent []string
	answers := map[string]string{"info-get guestinfo.set": "value", "info-set guestinfo.set a b": ""}
	v := Variables{func(command string) (string, bool, error) {
		sent = append(sent, command)
		if strings.HasSuffix(command, "broken") {
			return "", false, errors.New("no channel")
		}
		answer, ok := answers[command]
		if !ok {
			answer = "No value found"
		}
		return answer, ok, nil
	}}
	value, ok, err := v.Get("set")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "value", value)
	value, ok, err = v.Get("none")
	require.NoError(t, err)
	require.False(t, ok)
	require.Empty(t, value)
	_, _, err = v.Get("broken")
	require.EqualError(t, err, "no channel")
	require.NoError(t, v.Set("set", "a b"))
	require.EqualError(t, v.Set("none", "x"), `host: "No value found"`)
	require.Equal(t, []string{
		"info-get guestinfo.set", "info-get guestinfo.none", "info-get guestinfo.broken",
		"info-set guestinfo.set a b", "info-set guestinfo.none x",
	}, sent)
}

func TestSetHidesTheValue(t *testing.T) {
	v := Variables{func(command string) (string, bool, error) { return "Bad command " + command, false, nil }}
	require.EqualError(t, v.Set("a", "secret"), `host: "refused"`)
}

func TestHere(t *testing.T) {
	here, err := Here()
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Logf("on VMware: %v", here)
}

func FuzzDecode(f *testing.F) {
	f.Add("e30K", "base64")
	f.Add(pack(f, "{}"), "gz")
	f.Add(base64.StdEncoding.EncodeToString([]byte(pack(f, "{}"))), "gzip+b64")
	f.Fuzz(func(t *testing.T, data, encoding string) {
		const limit = 1 << 16
		got, err := Decode(data, encoding, limit)
		if err != nil {
			return
		}
		if len(got) > max(limit, len(data)) {
			t.Fatalf("%d bytes", len(got))
		}
		if encoding == "" && string(got) != data {
			t.Fatal("changed")
		}
		again, err := Decode(base64.StdEncoding.EncodeToString([]byte(pack(t, string(got)))), "gz+b64", max(limit, len(data)))
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("encoded and decoded: %v", err)
		}
	})
}
