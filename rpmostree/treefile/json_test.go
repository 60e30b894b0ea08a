package treefile_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

func TestJSON(t *testing.T) {
	tf := yaml(t, `repo-metadata: inline
releasever: 36
variables: {a: b}
repovars: {c: d}
packages: [b a]
postprocess: ["a && b < c\n"]
add-files: [[src, /etc/dst]]
check-passwd: {type: data, entries: {z: [3, 4], a: 1}}
check-groups: {type: file, filename: g}
remove-from-packages: [[p, x, y]]
rojig: {name: n, summary: s, license: l}
ref: r
repos: []
metadata: {z: 1, a: {y: 1.0, b: null}}
`)
	b, err := tf.JSON()
	require.NoError(t, err)
	assert.Equal(t, `{
  "packages": [
    "a",
    "b"
  ],
  "ref": "r",
  "metadata": {
    "a": {
      "b": null,
      "y": 1.0
    },
    "z": 1
  },
  "basearch": "x86_64",
  "rojig": {
    "name": "n",
    "summary": "s",
    "license": "l",
    "description": null
  },
  "repos": [],
  "releasever": 36,
  "check-passwd": {
    "type": "data",
    "entries": {
      "a": 1,
      "z": [
        3,
        4
      ]
    }
  },
  "check-groups": {
    "type": "file",
    "filename": "g"
  },
  "postprocess": [
    "a && b < c\n"
  ],
  "add-files": [
    [
      "src",
      "/etc/dst"
    ]
  ],
  "remove-from-packages": [
    [
      "p",
      "x",
      "y"
    ]
  ]
}`, string(b))
}

func TestJSONOfExtraKeys(t *testing.T) {
	tf, err := treefile.Parse(treefile.JSON, []byte(`{"zz": [1], "aa": "<", "ref": "r"}`), nil)
	require.NoError(t, err)
	b, err := json.Marshal(tf)
	require.NoError(t, err)
	assert.Equal(t, `{"packages":[],"ref":"r","aa":"\u003c","zz":[1]}`, string(b))
	b, err = json.Marshal(treefile.New(&treefile.Config{Base: treefile.Base{Extra: map[string]any{"a": 1}}}))
	require.NoError(t, err)
	assert.Equal(t, `{"a":1}`, string(b))
	b, err = json.Marshal(treefile.New(&treefile.Config{}))
	require.NoError(t, err)
	assert.Equal(t, `{}`, string(b))
}

func TestFlattenedJSONIsATreefile(t *testing.T) {
	tf := yaml(t, prelude)
	tf.Packages = tf.Packages.Without("quuz >= 1.0") // it would be split again
	b, err := tf.JSON()
	require.NoError(t, err)
	again, err := treefile.Parse(treefile.JSON, b, x86)
	require.NoError(t, err)
	c, err := again.JSON()
	require.NoError(t, err)
	assert.Equal(t, string(b), string(c))
}

func TestDigest(t *testing.T) {
	digest := func(text string) string {
		d, err := yaml(t, text).Digest()
		require.NoError(t, err)
		require.Len(t, d, 64)
		return d
	}
	base := digest("ref: a\npackages: [a, b]\n")
	assert.Equal(t, base, digest("# why\npackages: [b a]\nref: 'a'\n"), "form does not count")
	assert.Equal(t, base, digest("ref: a\npackages: [a, b]\nostree-layers: [x]\n"), "names of layers do not count")
	assert.Equal(t, base, digest("ref: a\npackages: [a, b]\nmetadata: {x: y}\n"), "metadata does not count")
	assert.NotEqual(t, base, digest("ref: a\npackages: [a, b]\ncliwrap: true\n"))
	assert.NotEqual(t, base, digest("ref: a\npackages: [a]\n"))
	// Fixed: digests of earlier versions are compared with later ones.
	d, err := treefile.New(&treefile.Config{Packages: treefile.NewSet("vim")}).Digest()
	require.NoError(t, err)
	assert.Equal(t, "97835cdc20892cce27812d9d6b896a6f47d1aa8d1554e3ca20e056ff5ef45bef", d)
}
