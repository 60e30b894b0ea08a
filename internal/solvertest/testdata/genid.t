genid dep a <IF> (b <ELSE> c)
genid dep (a >= 1:2-3 & b) | c
genid lit x y
result genid <inline>
#>genid  1: genid lit a
#>genid  1: genid lit a
#>genid  1: genid lit x y
#>genid  2: genid lit 1:2-3
#>genid  2: genid lit b
#>genid  3: genid lit c
#>genid  3: genid op >=
#>genid  4: genid lit b
#>genid  4: genid op <ELSE>
#>genid  5: genid op &
#>genid  5: genid op <IF>
#>genid  6: genid lit c
#>genid  7: genid op |
#>genid dep (a >= 1:2-3 & b) | c
#>genid dep a <IF> (b <ELSE> c)
#>genid dep x\20y
nextjob
genid lit a
genid lit b
genid op compat >=
genid lit c
genid op =
result genid <inline>
#>genid  1: genid lit a
#>genid  2: genid lit b
#>genid  3: genid op compat >=
#>genid  4: genid lit c
#>genid  5: genid op =
#>genid dep (a compat >= b) = c
nextjob
genid dep locale(foo:de;en)
genid susedep solvable:provides
result genid <inline>
#>genid  1: genid lit foo
#>genid  2: genid lit namespace:language
#>genid  3: genid lit de
#>genid  4: genid op <NAMESPACE>
#>genid  5: genid lit namespace:language
#>genid  6: genid lit en
#>genid  7: genid op <NAMESPACE>
#>genid  8: genid op |
#>genid  9: genid op &
#>genid dep foo & (namespace:language(de) | namespace:language(en))
nextjob
genid dep namespace:foo(a | b) + c:any - \28x
result genid <inline>
#>genid  1: genid lit namespace:foo
#>genid  2: genid lit a
#>genid  3: genid lit b
#>genid  4: genid op |
#>genid  5: genid op <NAMESPACE>
#>genid  6: genid lit c
#>genid  7: genid lit any
#>genid  8: genid op <MULTIARCH>
#>genid  9: genid lit (x
#>genid 10: genid op -
#>genid 11: genid op +
#>genid dep namespace:foo(a | b) + (c:any - \28x)
nextjob
genid dep foo(bar)(baz) <UNLESS> a <> 2 & b <=> 3
result genid <inline>
#>genid  1: genid lit foo(bar)(baz)
#>genid  2: genid lit a
#>genid  3: genid lit 2
#>genid  4: genid op <>
#>genid  5: genid lit b
#>genid  6: genid lit 3
#>genid  7: genid op <=>
#>genid  8: genid op &
#>genid  9: genid op <UNLESS>
#>genid dep foo(bar)(baz) <UNLESS> (a <> 2 & b <=> 3)
nextjob
genid dep <NULL> . src
genid dep a <77> b
genid null
result genid <inline>
#>genid  1: genid lit a
#>genid  1: genid null
#>genid  1: genid null
#>genid  2: genid lit b
#>genid  2: genid lit src
#>genid  3: genid op .
#>genid  3: genid op unknown
#>genid dep <NULL>
#>genid dep <NULL> . src
#>genid dep a <77> b
nextjob
evrcmp 1.0~rc1 1.0
evrcmp 1.0^git1 1.0
evrcmp 1:1 2
evrcmp 1-1 1
evrcmp 1.01 1.1
result jobs <inline>
#>job noop provides 1-1 > 1
#>job noop provides 1.01 = 1.1
#>job noop provides 1.0^git1 > 1.0
#>job noop provides 1.0~rc1 < 1.0
#>job noop provides 1:1 > 2
