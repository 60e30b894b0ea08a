package simulate

// Random numbers are functions of the seed, the node, what they are for and a
// counter, so a node's life does not depend on who simulates it, nor on
// whether the others are simulated at all.

const (
	forID uint64 = iota + 1
	forID2
	forWariness
	forRelease
	forPhase
	forJitter
	forStage
	forReboot
)

// mix is the finaliser of splitmix64: every bit of the input changes about
// half of the output's.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func draw(base, purpose, n uint64) uint64 {
	return mix(base + mix(purpose<<48+n)*0x9e3779b97f4a7c15)
}

// unit maps to [0, 1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }

// below maps to 0..n-1.
func below(x uint64, n int64) int64 { return int64(unit(x) * float64(n)) }

const hexDigits = "0123456789abcdef"

// nodeID is the id of a node: 32 hexadecimal digits.
func nodeID(base uint64) string {
	var id [32]byte
	for half, purpose := range []uint64{forID, forID2} {
		x := draw(base, purpose, 0)
		for i := range 16 {
			id[16*half+i] = hexDigits[x>>(60-4*i)&15]
		}
	}
	return string(id[:])
}
