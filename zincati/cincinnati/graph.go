package cincinnati

import (
	"fmt"
	"io"
)

// Keys of [Node.Metadata]. All values are strings.
const (
	metaPrefix = "org.fedoraproject.coreos."

	// MetaScheme tells what the payload is: "checksum" or "oci".
	MetaScheme = metaPrefix + "scheme"
	// MetaAgeIndex is the position in the release index, in decimal: newer releases have greater ones.
	MetaAgeIndex = metaPrefix + "releases.age_index"
	// MetaBarrier marks (with "true") a release that older ones cannot skip.
	MetaBarrier = metaPrefix + "updates.barrier"
	// MetaBarrierReason says why.
	MetaBarrierReason = metaPrefix + "updates.barrier_reason"
	// MetaDeadend marks (with "true") a release that nothing leads away from.
	MetaDeadend = metaPrefix + "updates.deadend"
	// MetaDeadendReason says why.
	MetaDeadendReason = metaPrefix + "updates.deadend_reason"
	// MetaRollout marks (with any value) a release that is offered by and by.
	MetaRollout = metaPrefix + "updates.rollout"
	// MetaStartEpoch is the Unix second at which the rollout begins.
	MetaStartEpoch = metaPrefix + "updates.start_epoch"
	// MetaStartValue is the share of nodes (0..1) that are offered the release at once.
	MetaStartValue = metaPrefix + "updates.start_value"
	// MetaDurationMinutes is how long it takes from there to everybody.
	MetaDurationMinutes = metaPrefix + "updates.duration_minutes"
)

// metaTrue is the only value that makes a mark of a mark; rollouts need none.
const metaTrue = "true"

// Bounds of what is read. A real stream has some 200 releases and edges.
const (
	// MaxNodes is how many nodes a graph may have, and how many releases the inputs of [Build].
	MaxNodes = 200_000
	// MaxEdges is how many edges a graph may have.
	MaxEdges = 2_000_000
	// MaxMetadata is how many metadata entries all nodes of a graph may have together.
	MaxMetadata = 2_000_000
	// MaxString is the greatest length of a version, a payload, a metadata key or value, in bytes.
	MaxString = 64 << 10
	// DefaultMaxBytes is the greatest size of a graph document unless told otherwise.
	DefaultMaxBytes = 64 << 20
)

// Node is one release in a graph.
type Node struct {
	Version  string            `json:"version"`  // for people, and to choose by
	Metadata map[string]string `json:"metadata"` // by the keys Meta…
	Payload  string            `json:"payload"`  // checksum or image, as Metadata's scheme says
}

// Edge is a way from one release to another, both as positions in [Graph.Nodes].
type Edge [2]uint64

// Graph is what a server answers: releases, oldest first, and the ways between them.
//
// Its JSON form is that of the protocol. Decoding demands all keys, refuses duplicate ones
// and ignores unknown ones. Edges to positions that do not exist are kept: what to make of
// them is up to the reader.
type Graph struct {
	Nodes []Node // oldest first
	Edges []Edge // in any order
}

// ParseGraph reads the JSON form of a graph. It takes linear time; more than [MaxNodes],
// [MaxEdges] or [MaxMetadata], and strings longer than [MaxString], are errors.
func ParseGraph(data []byte) (*Graph, error) {
	g := new(Graph)
	if err := g.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return g, nil
}

// ReadGraph reads the JSON form of a graph from r, which may give at most limit bytes
// (0 means [DefaultMaxBytes]).
func ReadGraph(r io.Reader, limit int64) (*Graph, error) {
	data, err := readLimited(r, limit)
	if err != nil {
		return nil, err
	}
	return ParseGraph(data)
}

// sizeError is a document beyond its limit.
type sizeError struct{ limit int64 }

func (e *sizeError) Error() string { return fmt.Sprintf("document exceeds %d bytes", e.limit) }

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	// One more byte than allowed tells "too large" from "just fits".
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &sizeError{limit}
	}
	return data, nil
}

// Deadend reports whether the node is a dead end, and why. The reason is
// "(unknown reason)" when none is given.
func (n *Node) Deadend() (reason string, ok bool) {
	if n.Metadata[MetaDeadend] != metaTrue {
		return "", false
	}
	if reason = n.Metadata[MetaDeadendReason]; reason == "" {
		reason = "(unknown reason)"
	}
	return reason, true
}

// Barrier reports whether the node is a barrier, and why (the reason may be empty).
func (n *Node) Barrier() (reason string, ok bool) {
	_, ok = n.Metadata[MetaBarrier]
	return n.Metadata[MetaBarrierReason], ok
}
