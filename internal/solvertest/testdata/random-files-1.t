repo system 10 empty
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Prq: D >= 2-2
#>=Req: X
#>=Fls: /usr/d
#>=Tim: 200
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 100
#>=Pkg: F 1 2 noarch
#>=Prv: F = 1-2
#>=Prv: W
#>=Req: /usr/lib/c
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Prv: V
#>=Prq: /usr/d
#>=Prq: C <> 1
#>=Req: V <= 3
#>=Req: E >= 3-1
#>=Req: E
#>=Tim: 200
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Prv: X = 2
#>=Req: /bin/b
#>=Tim: 100
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Prq: B
#>=Fls: /bin/b
#>=Tim: 100
system unset rpm system
job install name F
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>job install name F
#>problem 34e1e862 info nothing provides D >= 2-2 needed by F-2-1.noarch
#>problem 34e1e862 solution 60bfbdf1 deljob install name F
#>reason F-1-1.noarch@r1 unit 1fa70146896c0fe60a2f6c5214a04157
#>reason F-1-2.noarch@r1 unit 29206300765de615c66dd1962b568371
#>reason F-2-1.noarch@r1 unit b2b5aff00f93ca66c6269ba8209878b8
#>rule job a10a43eba1849b37c4ab008581126e67  F-1-1.noarch@r1
#>rule job a10a43eba1849b37c4ab008581126e67  F-1-2.noarch@r1
#>rule job a10a43eba1849b37c4ab008581126e67  F-2-1.noarch@r1
#>rule pkg 147697a2ab9b05814b9414b1935b3f61  G-1-1.noarch@r1
#>rule pkg 147697a2ab9b05814b9414b1935b3f61 -F-2-1.noarch@r1
#>rule pkg 1fa70146896c0fe60a2f6c5214a04157 -F-1-1.noarch@r1
#>rule pkg 29206300765de615c66dd1962b568371 -F-1-2.noarch@r1
#>rule pkg 34ae35e59e8d0802fa9bd1e2764d888b -F-1-2.noarch@r1
#>rule pkg 34ae35e59e8d0802fa9bd1e2764d888b -F-2-1.noarch@r1
#>rule pkg 3ade705860e55d05ae4769c92cca2aa3  C-1-2.noarch@r1
#>rule pkg 3ade705860e55d05ae4769c92cca2aa3 -G-1-1.noarch@r1
#>rule pkg 47f3ddfa87a0a78a42ba008e45ed655a -F-1-1.noarch@r1
#>rule pkg 47f3ddfa87a0a78a42ba008e45ed655a -F-2-1.noarch@r1
#>rule pkg 7b4da6112d8eb013cdab866c001c394e -F-1-1.noarch@r1
#>rule pkg 7b4da6112d8eb013cdab866c001c394e -F-1-2.noarch@r1
#>rule pkg 8e3550324e75df15e4ebcf283f3bc04a  F-2-1.noarch@r1
#>rule pkg 8e3550324e75df15e4ebcf283f3bc04a -F-1-1.noarch@r1
#>rule pkg 96119a8cf2e5a7e84a9b7275a9114650  B-3-2.noarch@r1
#>rule pkg 96119a8cf2e5a7e84a9b7275a9114650 -C-1-2.noarch@r1
#>rule pkg b2b5aff00f93ca66c6269ba8209878b8 -F-2-1.noarch@r1
