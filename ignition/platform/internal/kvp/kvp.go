// Package kvp reads the key-value pairs that a Hyper-V host gives to its guest.
//
// The host sends them once per boot, as messages that the kernel hands out at
// the device hv_kvp to the first process that registers there, each to be
// answered. Later readers, among them hv_kvp_daemon, see only pool files with
// records of fixed size, which whoever took the messages has to write.
//
//	message   op u8, pool u8, pad u16, type u32, key size u32, value size u32,
//	          key [512], value [2048], padding; 7432 bytes, sizes count the final NUL
//	answer    status u32, padding; 7432 bytes
//	record    key [512], value [2048], both filled with NUL
//
// Integers have the byte order of the processor; Hyper-V runs on little-endian
// ones only.
package kvp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	// MessageSize is the size of every message and answer in bytes.
	MessageSize = 7432
	// MaxKey and MaxValue are the sizes of the fields of a record in bytes.
	MaxKey, MaxValue = 512, 2048
	// PoolCount is the number of pools.
	PoolCount = 5
	// MaxPairs is the number of pairs that are taken from a host, which bounds
	// the pool files to 40 MiB.
	MaxPairs = 16384

	// OpSet is the operation that stores a pair.
	OpSet = 1
	// OpRegister is the operation that registers a reader, answered with the
	// same operation.
	OpRegister = 100

	statusOK   = 0
	statusFail = 0x80004005

	sizesOffset = 4
	keyOffset   = sizesOffset + 3*4
	valueOffset = keyOffset + MaxKey
)

// ErrTooMany reports a host that sends more than MaxPairs pairs.
var ErrTooMany = errors.New("too many key-value pairs")

// Pair is a key with its value.
type Pair struct{ Key, Value string }

// Pools are the pairs of each pool, in the order of their arrival. Pool 0 is
// what the host's administrator sets.
type Pools [PoolCount][]Pair

// Message is a message of the host.
type Message struct {
	Op, Pool uint8
	Pair     Pair // with OpSet
}

// Parse decodes a message. Only messages with OpSet have a pair.
func Parse(b []byte) (Message, error) {
	if len(b) != MessageSize {
		return Message{}, fmt.Errorf("message has %d bytes, not %d", len(b), MessageSize)
	}
	m := Message{Op: b[0], Pool: b[1]}
	if m.Op != OpSet {
		return m, nil
	}
	if m.Pool >= PoolCount {
		return m, fmt.Errorf("there is no pool %d", m.Pool)
	}
	key, err := field(b[keyOffset:valueOffset], binary.LittleEndian.Uint32(b[sizesOffset+4:]))
	if err != nil {
		return m, fmt.Errorf("key: %w", err)
	}
	value, err := field(b[valueOffset:valueOffset+MaxValue], binary.LittleEndian.Uint32(b[sizesOffset+8:]))
	if err != nil {
		return m, fmt.Errorf("value: %w", err)
	}
	m.Pair = Pair{key, value}
	return m, nil
}

// field returns a string whose size includes the terminating NUL.
func field(b []byte, size uint32) (string, error) {
	if uint64(size) > uint64(len(b)) {
		return "", fmt.Errorf("size %d is more than %d", size, len(b))
	}
	return string(bytes.TrimSuffix(b[:size], []byte{0})), nil
}

// Value returns the value of the first pair of a pool that has the key.
func (p *Pools) Value(pool int, key string) (string, bool) {
	for _, pair := range p[pool] {
		if pair.Key == key {
			return pair.Value, true
		}
	}
	return "", false
}

// Split returns the values of prefix0, prefix1, … up to the first that is
// missing, put together. A host splits what is longer than MaxValue.
func (p *Pools) Split(pool int, prefix string) (string, bool) {
	first := make(map[string]string, len(p[pool]))
	for _, pair := range p[pool] {
		if _, seen := first[pair.Key]; !seen && strings.HasPrefix(pair.Key, prefix) {
			first[pair.Key] = pair.Value
		}
	}
	var whole strings.Builder
	for n := 0; ; n++ {
		part, ok := first[prefix+strconv.Itoa(n)]
		if !ok {
			return whole.String(), n > 0
		}
		whole.WriteString(part)
	}
}

// File returns the pool file of a pool; a pool without pairs has an empty one.
func (p *Pools) File(pool int) []byte {
	const record = MaxKey + MaxValue
	file := make([]byte, record*len(p[pool]))
	for n, pair := range p[pool] {
		copy(file[n*record:n*record+MaxKey], pair.Key)
		copy(file[n*record+MaxKey:(n+1)*record], pair.Value)
	}
	return file
}

// registration is the message that asks for the pairs.
func registration() []byte {
	b := make([]byte, MessageSize)
	b[0] = OpRegister
	return b
}

// answer tells the host whether its message was understood.
func answer(ok bool) []byte {
	b := make([]byte, MessageSize)
	status := uint32(statusOK)
	if !ok {
		status = statusFail
	}
	binary.LittleEndian.PutUint32(b, status)
	return b
}
