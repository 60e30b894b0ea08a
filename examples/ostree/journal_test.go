package main

import (
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

func TestPullMessage(t *testing.T) {
	s := &ostree.PullStats{Refs: []ostree.CollectionRef{{Ref: "main"}}, GPG: "commit", Sign: "disabled", Transport: "TLS",
		MetadataFetched: 3, ContentFetched: 4, BytesTransferred: 1234, Duration: 2 * time.Second}
	require.Equal(t, "libostree pull from 'o' for main complete\nsecurity: GPG: commit \nsecurity: SIGN: disabled http: TLS\n"+
		"non-delta: meta: 3 content: 4\ntransfer: secs: 2 size: 1.2\u00a0kB", s.Message("o"))
	s.Refs, s.DeltaParts, s.Transport = nil, 5, ""
	require.Contains(t, s.Message("o"), "for 0 refs complete\n")
	require.Contains(t, s.Message("o"), "\ndelta: parts: 5 loose: 7\n")
}
