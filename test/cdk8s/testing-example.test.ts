/** The example of docs/testing.md, run as it is. */
import '../../examples/testing/shop.test';
