//go:build !amd64

package xz

func (d *lzmaDecoder) decode(in *packed, end int) bool { return d.decodeGo(in, end) }
