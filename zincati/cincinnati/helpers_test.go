package cincinnati_test

import (
	"strings"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// node makes a usable node of a checksum graph, with further metadata in pairs. Its payload
// is the version, its age index what follows the last dot of it.
func node(version string, pairs ...string) cincinnati.Node {
	age := version[strings.LastIndexByte(version, '.')+1:]
	n := cincinnati.Node{Version: version, Payload: "p" + version, Metadata: map[string]string{
		cincinnati.MetaScheme: "checksum", cincinnati.MetaAgeIndex: age,
	}}
	for i := 0; i < len(pairs); i += 2 {
		n.Metadata[pairs[i]] = pairs[i+1]
	}
	return n
}

func checksum(text string) cincinnati.Payload {
	return cincinnati.Payload{Scheme: cincinnati.Checksum, Text: text}
}
