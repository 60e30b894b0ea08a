package merge_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// TestRecordedConfigs renders configs as Ignition 2.27 does before the first stage, and
// compares the bytes that it caches. A case without cache is one that must fail.
func TestRecordedConfigs(t *testing.T) {
	for _, c := range recordedCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			cfg, err := renderText([]byte(c.Text))
			if errors.Is(err, config.ErrEmpty) { // an empty config anywhere is no config at all
				cfg, err = types.Config{Ignition: types.Ignition{Version: string(config.Newest)}}, nil
			}
			if err == nil && config.Validate(&cfg, config.Newest, nil).IsFatal() {
				err = errors.New("merging gave an invalid config")
			}
			if c.Cache == nil {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != *c.Cache {
				t.Errorf("got  %s\nwant %s", got, *c.Cache)
			}
		})
	}
}

type recordedCase struct {
	ID    string
	Text  string
	Cache *string
}

func recordedCases(t testing.TB) (cases []recordedCase) {
	f, err := os.Open("testdata/render.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var c recordedCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

func renderText(raw []byte) (types.Config, error) {
	cfg, rpt, err := config.Parse(raw)
	if err != nil {
		return cfg, fmt.Errorf("%w\n%s", err, rpt)
	}
	return render(cfg)
}

// render fetches what a config refers to, which here is only in data URLs.
func render(cfg types.Config) (types.Config, error) {
	if replace := cfg.Ignition.Config.Replace; replace.Source != nil {
		return renderResource(replace)
	}
	out := cfg
	for _, ref := range cfg.Ignition.Config.Merge {
		child, err := renderResource(ref)
		if err != nil {
			return out, err
		}
		out = merge.Merge(out, child)
	}
	return out, nil
}

func renderResource(res types.Resource) (types.Config, error) {
	raw, err := contents(res)
	if err != nil {
		return types.Config{}, err
	}
	return renderText(raw)
}

// contents are the bytes of a resource in a data URL.
func contents(res types.Resource) ([]byte, error) {
	head, body, ok := strings.Cut(strings.TrimPrefix(*res.Source, "data:"), ",")
	if !ok {
		return nil, fmt.Errorf("not a data URL: %s", *res.Source)
	}
	text, err := url.PathUnescape(body)
	if err != nil {
		return nil, err
	}
	raw := []byte(text)
	if strings.HasSuffix(head, ";base64") {
		if raw, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, err
		}
	}
	if res.Compression != nil && *res.Compression == "gzip" {
		unzipped, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		if raw, err = io.ReadAll(unzipped); err != nil {
			return nil, err
		}
	}
	return raw, verify(raw, res.Verification.Hash)
}

func verify(raw []byte, want *string) error {
	if want == nil {
		return nil
	}
	long, short := sha512.Sum512(raw), sha256.Sum256(raw)
	if *want != "sha512-"+hex.EncodeToString(long[:]) && *want != "sha256-"+hex.EncodeToString(short[:]) {
		return errors.New("hash verification failed")
	}
	return nil
}
