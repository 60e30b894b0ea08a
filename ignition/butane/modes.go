package butane

// looksDecimal reports whether a mode is odd as it is, and usual when its decimal
// digits are read as octal ones: 644 was written where 0644 was meant.
func looksDecimal(mode int, directory bool) bool {
	octal, ok := readOctal(mode)
	return ok && !isUsual(mode, directory) && isUsual(octal, directory)
}

// readOctal reads the four decimal digits of n as octal digits.
func readOctal(n int) (octal int, ok bool) {
	if n < 0 || n > 7777 {
		return 0, false
	}
	for shift := 0; n > 0; shift += 3 {
		digit := n % 10
		if digit > 7 {
			return 0, false
		}
		octal |= digit << shift
		n /= 10
	}
	return octal, true
}

const (
	setuid, setgid, sticky = 0o4000, 0o2000, 0o1000
	worldWritable          = 0o002
	canRead, canWrite      = 0o4, 0o2
	canExecute             = 0o1
)

// isUsual reports whether somebody may have wanted this mode.
func isUsual(mode int, directory bool) bool {
	if mode == 0 {
		return true // root may all the same
	}
	anybody := 0 // what the classes so far may do; others come first, the owner last
	for shift := 0; shift <= 6; shift += 3 {
		bits := mode >> shift & 0o7
		switch {
		case anybody&^bits != 0, // less than a wider class
			bits&canExecute != 0 && anybody&(canRead|canExecute) == canRead, // executable, but a wider class can only read
			bits != 0 && bits&canRead == 0:                                  // -w- and --x
			return false
		}
		anybody |= bits
	}
	if anybody&canRead == 0 {
		return false
	}
	if directory {
		return anybody&canExecute != 0 && mode&setuid == 0 &&
			(mode&(setgid|sticky) == 0 || anybody&canWrite != 0)
	}
	privileged := mode&(setuid|setgid) != 0
	return mode&sticky == 0 &&
		(!privileged || anybody&canExecute != 0 && mode&worldWritable == 0)
}
