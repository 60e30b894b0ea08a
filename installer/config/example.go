package config

import _ "embed"

//go:embed example-config.yaml
var exampleConfig []byte

// ExampleConfig returns a config file with a comment and a value for each key, as it is
// installed below /usr/share for people and for image builders, who list its keys.
func ExampleConfig() []byte { return append([]byte(nil), exampleConfig...) }
