repo system 10 empty
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: A
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: V
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Vnd: SUSE
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Req: C
#>=Vnd: packman
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prq: B < 1
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: A
#>=Vnd: openSUSE build
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prv: C
#>=Prv: W
#>=Prv: V
#>=Req: W
#>=Obs: D
#>=Obs: B <> 2-2
#>=Obs: B = 2-2
#>=Vnd: packman
#>=Tim: 200
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Req: C
#>=Req: A
#>=Vnd: packman
#>=Tim: 100
system x86_64 rpm system
job install provides D
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install A-3-2.noarch@r1
#>install D-3-1.noarch@r1
#>job install provides D
#>reason A-3-1.noarch@r3 unit f5b5bcca2cf60fb1130f417c39eca825
#>reason A-3-2.noarch@r1 resolve c19d4818dd265bc7eee12a72b9b45890
#>reason A-3-2.noarch@r3 unit eb7a9b4cd18ffe6d6e1c066b5fc2969d
#>reason D-3-1.noarch@r1 unit 67d0ca8d13adcf7e22413788b9f61560
#>reason D-3-1.noarch@r2 unit b92f5a4469ea5145f056d53b1835dcc7
#>rule job 67d0ca8d13adcf7e22413788b9f61560  D-3-1.noarch@r1
#>rule job 67d0ca8d13adcf7e22413788b9f61560  D-3-1.noarch@r2
#>rule pkg 4feef64998290d815811185e617adb87  A-3-1.noarch@r3
#>rule pkg 4feef64998290d815811185e617adb87  A-3-2.noarch@r1
#>rule pkg 4feef64998290d815811185e617adb87  A-3-2.noarch@r3
#>rule pkg 4feef64998290d815811185e617adb87 -C-3-1.noarch@r2
#>rule pkg 69e9badb7db0fbf367a6dca85850739b  A-3-1.noarch@r3
#>rule pkg 69e9badb7db0fbf367a6dca85850739b  C-3-1.noarch@r2
#>rule pkg 69e9badb7db0fbf367a6dca85850739b -A-3-2.noarch@r3
#>rule pkg 77823172e30aacec5ee3d0d25dc9646c -A-3-1.noarch@r3
#>rule pkg 77823172e30aacec5ee3d0d25dc9646c -B-1-1.noarch@r1
#>rule pkg 7b24353ddfc776665204f714b522219b -A-3-1.noarch@r3
#>rule pkg 7b24353ddfc776665204f714b522219b -A-3-2.noarch@r1
#>rule pkg 8b452ca49b32b31a0b0bfd3b6131bcb4 -D-3-1.noarch@r1
#>rule pkg 8b452ca49b32b31a0b0bfd3b6131bcb4 -D-3-1.noarch@r2
#>rule pkg ae656ed6a0e6e56154781148d854726d -A-3-1.noarch@r3
#>rule pkg ae656ed6a0e6e56154781148d854726d -B-3-2.noarch@r1
#>rule pkg b3a1bd9b51541242382d806ac7cf24af -A-3-1.noarch@r3
#>rule pkg b3a1bd9b51541242382d806ac7cf24af -D-3-1.noarch@r2
#>rule pkg b87e0bc446fe0249aa720d6a3ba9d5f7 -A-3-1.noarch@r3
#>rule pkg b87e0bc446fe0249aa720d6a3ba9d5f7 -A-3-2.noarch@r3
#>rule pkg b92f5a4469ea5145f056d53b1835dcc7 -D-3-1.noarch@r2
#>rule pkg c19d4818dd265bc7eee12a72b9b45890  A-3-1.noarch@r3
#>rule pkg c19d4818dd265bc7eee12a72b9b45890  A-3-2.noarch@r1
#>rule pkg c19d4818dd265bc7eee12a72b9b45890  A-3-2.noarch@r3
#>rule pkg c19d4818dd265bc7eee12a72b9b45890 -D-3-1.noarch@r1
#>rule pkg eb7a9b4cd18ffe6d6e1c066b5fc2969d -A-3-2.noarch@r1
#>rule pkg eb7a9b4cd18ffe6d6e1c066b5fc2969d -A-3-2.noarch@r3
#>rule pkg f5b5bcca2cf60fb1130f417c39eca825 -A-3-1.noarch@r3
#>rule pkg f5b5bcca2cf60fb1130f417c39eca825 -D-3-1.noarch@r1
#>userinstalled pkg D-3-1.noarch@r1
