SELECT to_regclass('bank.migration') IS NOT NULL;
