repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 x86_64
#>=Sup: F = 3-1
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Req: (A <IF> (E <ELSE> (A & W > 3))) | B < 2-1
#>=Enh: E
#>=Rec: A
#>=Rec: B
#>=Tim: 200
#>=Pkg: F 2 1 x86_64
#>=Prv: F = 2-1
#>=Req: D
#>=Prq: C <UNLESS> V = 1-1
#>=Rec: F - E
#>=Sug: B
#>=Sup: F <> 2 <UNLESS> (V <UNLESS> B)
#>=Tim: 100
#>=Pkg: D 3 1 i586
#>=Req: X <= 3 <UNLESS> (E <ELSE> V)
#>=Req: V > 1 - (D | X)
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 2 x86_64
#>=Prv: E = 1-2
#>=Req: W = 2
#>=Req: D >= 2-1
#>=Sug: F <IF> (E <> 3 <ELSE> F >= 3)
#>=Sup: V <IF> (V <ELSE> F)
#>=Tim: 100
#>=Pkg: A 3 1 x86_64
#>=Prv: A = 3-1
#>=Req: X
#>=Sup: B
#>=Sup: A < 2
#>=Sup: W & X
#>=Tim: 200
#>=Pkg: E 3 2 noarch
#>=Prv: E = 3-2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 2 i686
#>=Prv: B = 3-2
#>=Enh: F
#>=Tim: 100
#>=Pkg: D 3 1 x86_64
#>=Prv: D = 3-1
#>=Rec: B | V
#>=Tim: 200
system x86_64 rpm
job erase name A
job install oneof D-3-1.i586@r1 D-2-2.noarch@r1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>job erase name A
#>job install oneof D-3-1.i586@r1 D-2-2.noarch@r1
#>problem 6e631911 info package D-2-2.noarch requires ((A if E else (A and W > 3)) or B < 2-1), but none of the providers can be installed
#>problem 6e631911 solution 7b830b3a deljob install oneof D-3-1.i586@r1 D-2-2.noarch@r1
#>reason A-3-1.x86_64@r2 unit 9168c7ad5406cd6eea590071eb7f9c74
#>reason D-3-1.i586@r1 unit a16cf30ba21b792d0fe9a6a7ca30aedf
#>reason E-1-2.x86_64@r2 unit 3a72e2bdac4323b8342f7aa4b1663aaf
#>reason F-2-1.x86_64@r1 unit e5156100ba98969bfae35ea46f3062ed
#>rule job 099a32d214f75bfc0362a4806b436386  D-2-2.noarch@r1
#>rule job 099a32d214f75bfc0362a4806b436386  D-3-1.i586@r1
#>rule job 9168c7ad5406cd6eea590071eb7f9c74 -A-3-1.x86_64@r2
#>rule pkg 2b1b15ef24976bdf10a4f3fa14f63e55 -D-2-2.noarch@r1
#>rule pkg 2b1b15ef24976bdf10a4f3fa14f63e55 -D-3-1.i586@r1
#>rule pkg 3a72e2bdac4323b8342f7aa4b1663aaf -E-1-2.x86_64@r2
#>rule pkg 5709098c4947b9c9e20562ce25fe5785  D-2-2.noarch@r1
#>rule pkg 5709098c4947b9c9e20562ce25fe5785  D-3-1.x86_64@r3
#>rule pkg 5709098c4947b9c9e20562ce25fe5785 -E-1-2.x86_64@r2
#>rule pkg 593d5dd97bccb51cf8e231ac88cf15f9  A-3-1.x86_64@r2
#>rule pkg 593d5dd97bccb51cf8e231ac88cf15f9 -D-2-2.noarch@r1
#>rule pkg 593d5dd97bccb51cf8e231ac88cf15f9 -E-1-2.x86_64@r2
#>rule pkg 6259c4a484fec060067feaf1a6a41d11 -D-2-2.noarch@r1
#>rule pkg 6259c4a484fec060067feaf1a6a41d11 -D-3-1.x86_64@r3
#>rule pkg 9168c7ad5406cd6eea590071eb7f9c74 -A-3-1.x86_64@r2
#>rule pkg 92253c1eb5446cb6b1fdf035fdf86c6a  A-3-1.x86_64@r2
#>rule pkg 92253c1eb5446cb6b1fdf035fdf86c6a -D-2-2.noarch@r1
#>rule pkg 92253c1eb5446cb6b1fdf035fdf86c6a -E-3-2.noarch@r2
#>rule pkg a16cf30ba21b792d0fe9a6a7ca30aedf -D-3-1.i586@r1
#>rule pkg a9485ed174953bbfbc19f4682cdf8363  D-2-2.noarch@r1
#>rule pkg a9485ed174953bbfbc19f4682cdf8363  D-3-1.x86_64@r3
#>rule pkg a9485ed174953bbfbc19f4682cdf8363 -F-2-1.x86_64@r1
#>rule pkg dc6ee30c82720dcf7993a247fdacb1ea -D-3-1.i586@r1
#>rule pkg dc6ee30c82720dcf7993a247fdacb1ea -D-3-1.x86_64@r3
#>rule pkg dc788a527dba85936f7b1534d56a89ac  E-1-2.x86_64@r2
#>rule pkg dc788a527dba85936f7b1534d56a89ac  E-3-2.noarch@r2
#>rule pkg dc788a527dba85936f7b1534d56a89ac -D-2-2.noarch@r1
#>rule pkg e5156100ba98969bfae35ea46f3062ed -F-2-1.x86_64@r1
#>rule pkg e55ba2891587b57f4626b9f6cf11c606 -E-1-2.x86_64@r2
#>rule pkg e55ba2891587b57f4626b9f6cf11c606 -E-3-2.noarch@r2
