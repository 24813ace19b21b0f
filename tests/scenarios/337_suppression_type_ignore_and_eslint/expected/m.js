// eslint-disable-next-line no-undef
use(a)
