// Package bdbtest builds hash databases of Berkeley DB for tests.
package bdbtest

import (
	"encoding/binary"
	"slices"
)

// Item is a pair to store.
type Item struct{ Key, Value []byte }

const header = 26

type builder struct {
	order    binary.ByteOrder
	pageSize int
	pages    [][]byte
}

// Build makes a database of one bucket, with pages of up to 32768 bytes. Values of more than a quarter of a page
// go to overflow pages.
func Build(order binary.ByteOrder, pageSize int, items []Item) []byte {
	b := &builder{order: order, pageSize: pageSize}
	meta := b.page(8)
	order.PutUint32(meta[12:], 0x061561)
	order.PutUint32(meta[16:], 9)
	order.PutUint32(meta[20:], uint32(pageSize))
	order.PutUint32(meta[88:], uint32(len(items)))
	order.PutUint32(meta[96:], 1) // spares[0]: page of bucket 0

	hash := b.hashPage(nil)
	for _, it := range items {
		key := append([]byte{1}, it.Key...)
		val := append([]byte{1}, it.Value...)
		if len(it.Value) > pageSize/4 {
			val = make([]byte, 12)
			val[0] = 3
			order.PutUint32(val[4:], b.overflow(it.Value))
			order.PutUint32(val[8:], uint32(len(it.Value)))
		}
		n := int(order.Uint16(hash[20:]))
		if header+2*(n+2) > int(order.Uint16(hash[22:]))-len(key)-len(val) {
			hash = b.hashPage(hash)
		}
		b.add(hash, key)
		b.add(hash, val)
	}
	order.PutUint32(meta[32:], uint32(len(b.pages)-1))
	return slices.Concat(b.pages...)
}

func (b *builder) page(kind byte) []byte {
	p := make([]byte, b.pageSize)
	b.order.PutUint32(p[4:], 1)
	b.order.PutUint32(p[8:], uint32(len(b.pages)))
	p[25] = kind
	b.pages = append(b.pages, p)
	return p
}

func (b *builder) hashPage(before []byte) []byte {
	p := b.page(13)
	b.order.PutUint16(p[22:], uint16(b.pageSize))
	if before != nil {
		copy(p[12:16], before[8:12])
		copy(before[16:20], p[8:12])
	}
	return p
}

func (b *builder) add(p, item []byte) {
	n := int(b.order.Uint16(p[20:]))
	end := b.pageSize
	if n > 0 {
		end = int(b.order.Uint16(p[header+2*(n-1):]))
	}
	off := end - len(item)
	copy(p[off:], item)
	b.order.PutUint16(p[header+2*n:], uint16(off))
	b.order.PutUint16(p[20:], uint16(n+1))
	b.order.PutUint16(p[22:], uint16(off))
}

func (b *builder) overflow(v []byte) uint32 {
	first := uint32(len(b.pages))
	for len(v) > 0 {
		p := b.page(7)
		n := copy(p[header:], v)
		v = v[n:]
		b.order.PutUint16(p[20:], 1)
		b.order.PutUint16(p[22:], uint16(n))
		if len(v) > 0 {
			b.order.PutUint32(p[16:], uint32(len(b.pages)))
		}
		if first != uint32(len(b.pages)-1) {
			b.order.PutUint32(p[12:], uint32(len(b.pages)-2))
		}
	}
	return first
}
