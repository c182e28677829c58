/** Where the server is, and this mini-program's own id and templates. Change these first. */
module.exports = {
  baseUrl: 'http://127.0.0.1:8000', // in production the https address that is on the mini-program's list of domains
  appId: '2021000000000031', // the development server knows this one
  templates: { codeScanned: 'TEMPLATE-OF-YOURS' }, // message templates that were approved for this mini-program
}
