package afterburn

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestObjectMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                              "invalid type: sequence, expected a map",
		`null`:                            "invalid type: null, expected a map",
		`{}`:                              "missing field `s`",
		`{"S":"x"}`:                       "missing field `s`",
		`{"s":null}`:                      "s: invalid type: null, expected a string",
		`{"s":5}`:                         "s: invalid type: integer `5`, expected a string",
		`{"s":1.5}`:                       "s: invalid type: floating point `1.5`, expected a string",
		`{"s":true}`:                      "s: invalid type: boolean `true`, expected a string",
		`{"s":"x"}`:                       "missing field `n`",
		`{"s":"x","n":"5"}`:               "n: invalid type: string \"5\", expected i32",
		`{"s":"x","n":5.0}`:               "n: invalid type: floating point `5.0`, expected i32",
		`{"s":"x","n":2147483648}`:        "n: invalid type: integer `2147483648`, expected i32",
		`{"s":"x","n":1,"o":{}}`:          "o: missing field `list`",
		`{"s":"x","n":1,"o":{"list":{}}}`: "o.list: invalid type: map, expected a sequence",
		`{"s":"x","n":1,"o":{"list":["a",null]}}`:                              "o.list[1]: invalid type: null, expected a string",
		`{"s":"x","n":1,"o":{"list":[]},"a":[{"ip":"1.2.3.4"},{"ip":"::%1"}]}`: "a[1].ip: invalid IP address syntax",
		"{\"s\":\"\xff\"}": "invalid UTF-8",
	} {
		o := parseObject([]byte(text))
		o.text("s")
		o.integer("n", 32)
		o.object("o").texts("list")
		if o.has("a") {
			o.objects("a", func(o object) { o.addr("ip") })
		}
		require.EqualError(t, o.err(), want, text)
	}
}

func TestClipIsOneLine(t *testing.T) {
	require.Equal(t, `a\nb\x1b[m\u202e`, clip("a\nb\x1b[m\u202e"))
	require.Equal(t, "\ufffd", clip("\xff"))
	long := clip(string(make([]byte, 1000)))
	require.LessOrEqual(t, len(long), 80*4+3)
}

// FuzzDocuments has every document's reader look at everything: it either fails or has read a whole document.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		`{"region":"r"}`, `{"uuid":null}`, `["a"]`, `{"users":{"root":["k"]}}`,
		`{"id":1,"host_uuid":"u","label":"l","region":"r","type":"t","tags":[],"specs":{"vcpus":1,"memory":2,"disk":3,"transfer":4,"gpus":0},"backups":{"enabled":false,"status":null}}`,
		`{"interfaces":[],"ipv4":{"public":[],"private":[],"shared":[]},"ipv6":{"slaac":"s","link_local":"l","ranges":[],"shared_ranges":[]}}`,
		`{"hostname":"d","region":"a","public_keys":[],"dns":{"nameservers":["9.9.9.9"]},"interfaces":{"public":[{"mac":"m","type":"public","ipv6":{"ip_address":"::1","cidr":64,"gateway":"::"}}]}}`,
		`{"availabilityDomain":"","canonicalRegionName":"","compartmentId":"","faultDomain":"","hostname":"","id":"","shape":"","metadata":{"ssh_authorized_keys":{}}}`,
		`{"id":"i","hostname":"h","iqn":"q","plan":"p","facility":"f","tags":[],"ssh_keys":[],"phone_home_url":"u","network":{"interfaces":[{"name":"n","mac":"m"}],"addresses":[],"bonding":{"mode":4}}}`,
		`{"commercial_type":"c","hostname":"h","id":"i","location":{"zone_id":"z"},"ssh_public_keys":[{"key":"k"}],"ipv6":{"address":"::"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range []json.Unmarshaler{
			&awsIdentity{}, &openStackUUID{}, &textList{}, &akamaiKeys{}, &akamaiInstance{}, &akamaiNetwork{},
			&azureStackIdentity{}, &digitalOceanDocument{}, &oracleCloudDocument{}, &packetDocument{}, &scalewayDocument{},
		} {
			err := d.UnmarshalJSON(data)
			if err == nil && (!json.Valid(data) || !utf8.Valid(data)) {
				t.Fatalf("%T accepts what is no JSON", d)
			}
			if err == nil {
				continue
			}
			if text := err.Error(); len(text) > 1000 && len(data) < 500 {
				t.Fatalf("%T has an error of %d bytes", d, len(text))
			}
		}
	})
}
