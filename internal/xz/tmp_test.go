package xz_test
import ("testing")
func TestTmp(t *testing.T) {
	file, _ := corpus(t)
	t.Logf("%d %x", len(file), file[360:420])
	file[397] ^= 1
	b, err := decodeErr(file, nil)
	t.Log(len(b), err)
}
